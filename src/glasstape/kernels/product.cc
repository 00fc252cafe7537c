// A product of matrices, or of stacks of them, by oneDNN, as an XLA custom call for CPUs.
//
// The problem stands in one attribute of 64-bit integers (see product.py, which writes it):
//
//   rank of the stacks, m, k, n, stacks[rank], strides of the left (stacks, m, k), of the right
//   (stacks, k, n), of the result (stacks, m, n)
//
// The strides are of the arrays as XLA has them, in elements: what is transposed is read as it lies.
// Each number of the result is added up by one thread in one order, so it is the same each time.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "shared.h"

namespace ffi = xla::ffi;
using dnnl::memory;
using Dims = memory::dims;
using glasstape::engine;
using glasstape::Parts;
using glasstape::OneThread;

namespace {

struct Problem {
  int64_t rank, m, k, n;
  Dims stacks, left, right, result;

  explicit Problem(ffi::Span<const int64_t> numbers) {
    const int64_t* at = numbers.begin();
    rank = *at++;
    m = *at++;
    k = *at++;
    n = *at++;
    stacks.assign(at, at + rank);
    at += rank;
    for (Dims* strides : {&left, &right, &result}) {
      strides->assign(at, at + rank + 2);
      at += rank + 2;
    }
  }

  static size_t size(int64_t rank) { return 4 + rank + 3 * (rank + 2); }
};

// What one thread needs beside the arrays; kept for its next product.
float* scratch(size_t bytes) {
  thread_local std::vector<float> space;
  if (space.size() * sizeof(float) < bytes) space.resize((bytes + sizeof(float) - 1) / sizeof(float));
  return space.data();
}

// One product of a piece of the problem, by one thread.
class Piece {
 public:
  Piece(const Problem& p, const Dims& stacks, int64_t m, int64_t n) {
    OneThread one;
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    left_ = matrices(stacks, m, p.k, p.left);
    right_ = matrices(stacks, p.k, n, p.right);
    result_ = matrices(stacks, m, n, p.result);
    dnnl::matmul::primitive_desc desc(engine(), left_, right_, result_, attributes);
    about_ = desc.impl_info_str();
    if (about_.rfind("ref", 0) == 0) throw std::invalid_argument("no quick code for these strides");
    scratch_ = desc.scratchpad_desc();
    primitive_ = dnnl::matmul(desc);
  }

  void run(float* left, float* right, float* result) const {
    OneThread one;
    thread_local dnnl::stream stream(engine());
    primitive_.execute(stream,
                       {{DNNL_ARG_SRC, memory(left_, engine(), left)},
                        {DNNL_ARG_WEIGHTS, memory(right_, engine(), right)},
                        {DNNL_ARG_DST, memory(result_, engine(), result)},
                        {DNNL_ARG_SCRATCHPAD,
                         memory(scratch_, engine(), scratch(scratch_.get_size()))}});
    stream.wait();
  }

  const std::string& about() const { return about_; }

 private:
  static memory::desc matrices(Dims dims, int64_t rows, int64_t columns, const Dims& strides) {
    dims.push_back(rows);
    dims.push_back(columns);
    return {dims, memory::data_type::f32, strides};
  }

  memory::desc left_, right_, result_, scratch_;
  dnnl::matmul primitive_;
  std::string about_;
};

// A product in pieces: of the stack, or of the rows or columns where there is a single matrix.
class Product {
 public:
  explicit Product(ffi::Span<const int64_t> numbers) : Product(Problem(numbers)) {}

  explicit Product(const Problem& p) {
    const int64_t threads = std::max(1u, std::thread::hardware_concurrency());
    const int64_t worth = std::max<int64_t>(1, operations(p) / glasstape::kLeastOfPart);
    threads_ = std::min(threads, worth);
    const int64_t cuts = std::clamp(operations(p) / kPiece, threads, 2 * threads);
    const int64_t wanted = std::min(cuts, worth);
    const bool has_stacks = p.rank > 0;
    // A right side that lies in columns is put in order for each piece of the rows, and has no
    // quick code for a piece of its columns.
    const bool by_rows = p.m >= p.n || (p.right[p.rank] == 1 && p.m >= 2 * kLeastRows);
    const int64_t size = has_stacks ? p.stacks[0] : by_rows ? p.m : p.n;
    int64_t cut = (size + wanted - 1) / wanted;
    if (!has_stacks) cut = std::min(size, std::max(kLeastRows, (cut + kRow - 1) / kRow * kRow));
    pieces_ = (size + cut - 1) / cut;
    if (has_stacks || by_rows) left_step_ = cut * p.left[0];
    if (has_stacks || !by_rows) right_step_ = cut * p.right[has_stacks ? 0 : 1];
    result_step_ = cut * p.result[has_stacks || by_rows ? 0 : 1];
    auto made = [&](int64_t size) {
      Dims stacks = p.stacks;
      if (has_stacks) stacks[0] = size;
      const int64_t m = !has_stacks && by_rows ? size : p.m;
      const int64_t n = !has_stacks && !by_rows ? size : p.n;
      return std::make_unique<Piece>(p, stacks, m, n);
    };
    whole_ = made(cut);
    const int64_t rest = size - (pieces_ - 1) * cut;
    if (rest != cut) last_ = made(rest);
  }

  void run(ffi::ThreadPool& pool, float* left, float* right, float* result) const {
    if (pieces_ == 1) return whole_->run(left, right, result);
    auto parts = std::make_shared<Parts>(pieces_, [=](int64_t number) {
      const Piece& piece = number == pieces_ - 1 && last_ != nullptr ? *last_ : *whole_;
      piece.run(left + number * left_step_, right + number * right_step_,
                result + number * result_step_);
    });
    Parts::run(parts, pool, std::min(threads_, pieces_));
  }

  const std::string& about() const { return whole_->about(); }

 private:
  // With fewer multiplications and additions a piece is not cut again: half of one takes more than
  // half as long, 79 us and 152 with 64x256 by 256x512.
  static constexpr int64_t kPiece = 16'000'000;
  // So many numbers fit into a register of AVX-512; fewer rows than these are slower, each.
  static constexpr int64_t kRow = 16, kLeastRows = 32;

  static int64_t operations(const Problem& p) {
    int64_t count = 2 * p.m * p.k * p.n;
    for (int64_t size : p.stacks) count *= size;
    return count;
  }

  int64_t threads_, pieces_, left_step_ = 0, right_step_ = 0, result_step_;
  std::unique_ptr<Piece> whole_, last_;
};

ffi::Error multiply(ffi::ThreadPool pool, ffi::Span<const int64_t> problem,
                    ffi::Buffer<ffi::F32> left, ffi::Buffer<ffi::F32> right,
                    ffi::ResultBuffer<ffi::F32> made) {
  if (problem.size() < 1 || problem.size() != Problem::size(problem[0])) {
    return ffi::Error::InvalidArgument("glasstape: a product's attribute has the wrong length");
  }
  return glasstape::told("product", [&] {
    glasstape::found<Product>(problem)->run(pool, left.typed_data(), right.typed_data(),
                                            made->typed_data());
  });
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(GlassTapeProduct, multiply,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<ffi::Span<const int64_t>>("problem")
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Ret<ffi::Buffer<ffi::F32>>());

// Called before a program is compiled, so that it holds only what can be run (see `about`).
extern "C" int glasstape_product_about(const int64_t* numbers, int64_t count, char* name,
                                       int64_t room) {
  return glasstape::about<Product>(numbers, count, name, room);
}

// oneDNN's version, as 10000 * major + 100 * minor + patch.
extern "C" int glasstape_onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return 10000 * version->major + 100 * version->minor + version->patch;
}
