// A convolution, its gradient by the input, and its gradient by the kernel, by oneDNN, as an XLA
// custom call for CPUs.
//
// The problem stands in one attribute of 64-bit integers (see convolution.py, which writes it):
//
//   kind, rank, n, groups, input channels, output channels (both of a group),
//   source[rank], result[rank], kernel[rank], stride[rank], dilation[rank], before[rank],
//   after[rank], strides of the source (n, c, rank), of the weights (g, o, i, rank), of the result
//   (n, c, rank)
//
// kind 0: source, weights -> result. kind 1: result, weights -> source. kind 2: source, result ->
// weights. The strides are of the arrays as XLA has them, in elements, so any order of dimensions
// is taken as it is.
//
// The images of a batch, or the rows of a single one, are shared out to XLA's own threads, and the
// thread that calls takes a part whenever it is free, so it never waits for a thread that has not
// begun. oneDNN's own threads (OpenMP) are not used: of two pools that know nothing of each other
// the system often has both threads of a convolution on one core.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
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

constexpr size_t kAlignment = 64;

struct Problem {
  int64_t kind, rank, n, groups, in, out;
  Dims source, result, kernel, stride, dilation, before, after;
  Dims source_strides, weights_strides, result_strides;

  explicit Problem(ffi::Span<const int64_t> numbers) {
    const int64_t* at = numbers.begin();
    kind = *at++;
    rank = *at++;
    n = *at++;
    groups = *at++;
    in = *at++;
    out = *at++;
    for (Dims* dims : {&source, &result, &kernel, &stride, &dilation, &before, &after}) {
      dims->assign(at, at + rank);
      at += rank;
    }
    source_strides.assign(at, at + rank + 2);
    at += rank + 2;
    weights_strides.assign(at, at + rank + 3);
    at += rank + 3;
    result_strides.assign(at, at + rank + 2);
  }

  static size_t size(int64_t rank) { return 6 + 7 * rank + 2 * (rank + 2) + (rank + 3); }
};

Dims joined(Dims first, const Dims& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

memory::desc activations(const Problem& p, int64_t channels, const Dims& space, const Dims& strides) {
  return {joined({p.n, p.groups * channels}, space), memory::data_type::f32, strides};
}

memory::desc weights(const Problem& p) {
  Dims dims = joined({p.out, p.in}, p.kernel);
  Dims strides(p.weights_strides.begin() + 1, p.weights_strides.end());
  if (p.groups > 1) {
    dims.insert(dims.begin(), p.groups);
    strides = p.weights_strides;
  }
  return {dims, memory::data_type::f32, strides};
}

memory::desc any(const memory::desc& of) {
  return {of.get_dims(), memory::data_type::f32, memory::format_tag::any};
}

struct Buffer {
  explicit Buffer(size_t bytes) : bytes(bytes) {
    if (bytes == 0) return;
    data = std::aligned_alloc(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
    if (data == nullptr) throw std::bad_alloc();
  }
  ~Buffer() { std::free(data); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  size_t bytes;
  void* data = nullptr;
};

// What one execution needs beside its arrays; kept for the next one.
struct Workspace {
  Workspace(size_t source, size_t weights, size_t result, size_t scratch)
      : source(source), weights(weights), result(result), scratch(scratch) {}
  Buffer source, weights, result, scratch;
};

class Convolution {
 public:
  explicit Convolution(const Problem& p)
      : kind_(p.kind),
        source_(activations(p, p.in, p.source, p.source_strides)),
        weights_(weights(p)),
        result_(activations(p, p.out, p.result, p.result_strides)) {
    OneThread one;
    // As they lie, if there is quick code for that; else as oneDNN likes them best.
    make(p, source_, any(weights_), result_);
    if (is_slow()) make(p, any(source_), any(weights_), any(result_));
    scratch_ = primitive_desc_->scratchpad_desc();
    auto reordered = [](const memory::desc& have, const memory::desc& want) {
      return have == want ? 0 : want.get_size();
    };
    source_bytes_ = reordered(source_, want_source_);
    weights_bytes_ = reordered(weights_, want_weights_);
    result_bytes_ = reordered(result_, want_result_);
  }

  void run(void* source, void* weights, void* result) {
    OneThread one;
    std::unique_ptr<Workspace> space = take();
    thread_local dnnl::stream stream(engine());
    const bool makes_source = kind_ == 1, makes_weights = kind_ == 2, makes_result = kind_ == 0;
    memory s = brought(stream, source, source_, want_source_, space->source, !makes_source);
    memory w = brought(stream, weights, weights_, want_weights_, space->weights, !makes_weights);
    memory r = brought(stream, result, result_, want_result_, space->result, !makes_result);
    memory scratch(scratch_, engine(), space->scratch.data);
    primitive_.execute(stream, {{makes_source ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, s},
                                {makes_weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, w},
                                {makes_result ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, r},
                                {DNNL_ARG_SCRATCHPAD, scratch}});
    if (makes_source) put_back(stream, s, source, source_);
    if (makes_weights) put_back(stream, w, weights, weights_);
    if (makes_result) put_back(stream, r, result, result_);
    stream.wait();
    give_back(std::move(space));
  }

  std::string about() const { return primitive_desc_->impl_info_str(); }

 private:
  void make(const Problem& p, const memory::desc& source, const memory::desc& weights,
            const memory::desc& result) {
    using dnnl::algorithm;
    using dnnl::prop_kind;
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    Dims dilation = p.dilation;
    for (auto& d : dilation) d -= 1;  // oneDNN counts what lies between
    const auto direct = algorithm::convolution_direct;
    dnnl::convolution_forward::primitive_desc forward(
        engine(), prop_kind::forward_training, direct, p.kind == 0 ? source : any(source_),
        p.kind == 0 ? weights : any(weights_), p.kind == 0 ? result : any(result_), p.stride,
        dilation, p.before, p.after, attributes);
    if (p.kind == 0) {
      adopt(forward, forward.src_desc(), forward.weights_desc(), forward.dst_desc());
      primitive_ = dnnl::convolution_forward(forward);
    } else if (p.kind == 1) {
      dnnl::convolution_backward_data::primitive_desc desc(engine(), direct, source, weights,
                                                           result, p.stride, dilation, p.before,
                                                           p.after, forward, attributes);
      adopt(desc, desc.diff_src_desc(), desc.weights_desc(), desc.diff_dst_desc());
      primitive_ = dnnl::convolution_backward_data(desc);
    } else {
      dnnl::convolution_backward_weights::primitive_desc desc(engine(), direct, source, weights,
                                                              result, p.stride, dilation,
                                                              p.before, p.after, forward,
                                                              attributes);
      adopt(desc, desc.src_desc(), desc.diff_weights_desc(), desc.diff_dst_desc());
      primitive_ = dnnl::convolution_backward_weights(desc);
    }
  }

  template <typename Desc>
  void adopt(const Desc& desc, const memory::desc& source, const memory::desc& weights,
             const memory::desc& result) {
    primitive_desc_ = std::make_unique<dnnl::primitive_desc>(desc);
    want_source_ = source;
    want_weights_ = weights;
    want_result_ = result;
  }

  bool is_slow() const {
    const std::string name = about();
    return name.rfind("ref", 0) == 0 || name.find("gemm") != std::string::npos;
  }

  // The array itself, or one in the layout that is wanted; filled, if it is an input.
  memory brought(dnnl::stream& stream, void* data, const memory::desc& have,
                 const memory::desc& want, const Buffer& buffer, bool is_input) const {
    memory own(have, engine(), data);
    if (have == want) return own;
    memory other(want, engine(), buffer.data);
    if (is_input) dnnl::reorder(own, other).execute(stream, own, other);
    return other;
  }

  void put_back(dnnl::stream& stream, memory& made, void* data, const memory::desc& have) const {
    if (made.get_data_handle() == data) return;
    memory own(have, engine(), data);
    dnnl::reorder(made, own).execute(stream, made, own);
  }

  std::unique_ptr<Workspace> take() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<Workspace> space = std::move(free_.back());
        free_.pop_back();
        return space;
      }
    }
    return std::make_unique<Workspace>(source_bytes_, weights_bytes_, result_bytes_,
                                       scratch_.get_size());
  }

  void give_back(std::unique_ptr<Workspace> space) {
    std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(space));
  }

  int64_t kind_;
  memory::desc source_, weights_, result_, want_source_, want_weights_, want_result_, scratch_;
  std::unique_ptr<dnnl::primitive_desc> primitive_desc_;
  dnnl::primitive primitive_;
  size_t source_bytes_, weights_bytes_, result_bytes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> free_;
};

// What rows `first` to `end` of what is made need of the other array, or of both where the weights
// are made: a problem of its own, and where its rows begin.
struct Rows {
  Problem problem;
  int64_t source, result;
};

// Nothing where oneDNN has no word for it.
std::optional<Rows> rows(const Problem& p, int64_t first, int64_t end) {
  const int64_t reach = (p.kernel[0] - 1) * p.dilation[0], stride = p.stride[0];
  // The source's rows under the first and the last row of the result.
  auto below = [&](int64_t row) { return row * stride - p.before[0]; };
  Rows made{p, first, first};
  int64_t before, source_end = end, result_end = end;
  if (p.kind == 1) {
    // Those of the result whose windows reach one of these rows of the source.
    made.result = std::max<int64_t>(0, (first + p.before[0] - reach + stride - 1) / stride);
    result_end = std::min(p.result[0], (end - 1 + p.before[0]) / stride + 1);
    before = first - below(made.result);
  } else {
    made.source = std::max<int64_t>(0, below(first));
    source_end = std::min(p.source[0], below(end - 1) + reach + 1);
    before = made.source - below(first);
  }
  Problem& part = made.problem;
  part.source[0] = source_end - made.source;
  part.result[0] = result_end - made.result;
  if (before < 0 || part.source[0] < 1 || part.result[0] < 1) return std::nullopt;
  const int64_t needed = (part.result[0] - 1) * stride + reach + 1 - part.source[0] - before;
  part.before[0] = before;
  part.after[0] = needed >= 0 ? needed : std::min<int64_t>(0, needed + stride - 1);
  if (part.after[0] + stride <= 0) return std::nullopt;
  return made;
}

// A convolution in parts, of images or of a single image's rows.
class Batch {
 public:
  explicit Batch(ffi::Span<const int64_t> numbers) : Batch(Problem(numbers)) {}

  explicit Batch(const Problem& p) : kind_(p.kind) {
    const int64_t threads = std::max(1u, std::thread::hardware_concurrency());
    const int64_t worth = std::max<int64_t>(1, operations(p) / glasstape::kLeastOfPart);
    most_ = std::min(threads, worth);
    weights_ = weights(p).get_size() / sizeof(float);
    // Each part of a gradient by the weights makes all of them, which are added up.
    const int64_t wanted = std::min(kind_ == 2 ? threads : 2 * threads, worth);
    if (p.n > 1) {
      by_images(p, std::min(p.n, wanted));
    } else if (wanted < 2 || !by_rows(p, most_)) {
      parts_ = {{std::make_shared<Convolution>(p), 0, 0}};
    }
  }

  void run(ffi::ThreadPool& pool, float* source, float* weights, float* result) {
    const int64_t count = parts_.size();
    if (count == 1) return parts_[0].convolution->run(source, weights, result);
    std::vector<float> made(kind_ == 2 ? (count - 1) * weights_ : 0);
    auto parts = std::make_shared<Parts>(count, [=, &made](int64_t number) {
      const Part& part = parts_[number];
      float* own = kind_ == 2 && number > 0 ? made.data() + (number - 1) * weights_ : weights;
      part.convolution->run(source + part.source, own, result + part.result);
    });
    Parts::run(parts, pool, std::min(most_, count));
    // In their order, whoever made them: the same numbers each time.
    for (size_t start = 0; start < made.size(); start += weights_) {
      for (size_t i = 0; i < weights_; ++i) weights[i] += made[start + i];
    }
  }

  std::string about() const { return parts_[0].convolution->about(); }

 private:
  // Where its source and its result begin, in elements.
  struct Part {
    std::shared_ptr<Convolution> convolution;
    int64_t source, result;
  };

  void by_images(Problem p, int64_t count) {
    const int64_t all = p.n, images = (all + count - 1) / count;
    p.n = images;
    auto whole = std::make_shared<Convolution>(p);
    for (int64_t first = 0; first < all; first += images) {
      p.n = std::min(images, all - first);
      parts_.push_back({p.n == images ? whole : std::make_shared<Convolution>(p),
                        first * p.source_strides[0], first * p.result_strides[0]});
    }
  }

  bool by_rows(const Problem& p, int64_t count) {
    const int64_t all = p.kind == 1 ? p.source[0] : p.result[0];
    const int64_t size = (all + count - 1) / count;
    std::vector<Rows> found;
    for (int64_t first = 0; first < all; first += size) {
      std::optional<Rows> part = rows(p, first, std::min(all, first + size));
      if (!part.has_value()) return false;
      found.push_back(*part);
    }
    for (const Rows& part : found) {
      parts_.push_back({std::make_shared<Convolution>(part.problem),
                        part.source * p.source_strides[2], part.result * p.result_strides[2]});
    }
    return true;
  }

  static int64_t operations(const Problem& p) {
    int64_t count = 2 * p.n * p.groups * p.in * p.out;
    for (int64_t i = 0; i < p.rank; ++i) count *= p.result[i] * p.kernel[i];
    return count;
  }

  int64_t kind_, most_;
  size_t weights_;
  std::vector<Part> parts_;
};

ffi::Error convolve(ffi::ThreadPool pool, ffi::Span<const int64_t> problem,
                    ffi::Buffer<ffi::F32> first, ffi::Buffer<ffi::F32> second,
                    ffi::ResultBuffer<ffi::F32> made) {
  if (problem.size() < 2 || problem.size() != Problem::size(problem[1])) {
    return ffi::Error::InvalidArgument("glasstape: a convolution's attribute has the wrong length");
  }
  return glasstape::told("convolution", [&] {
    std::shared_ptr<Batch> batch = glasstape::found<Batch>(problem);
    float* a = first.typed_data();
    float* b = second.typed_data();
    float* c = made->typed_data();
    if (problem[0] == 0) batch->run(pool, a, b, c);
    if (problem[0] == 1) batch->run(pool, c, b, a);
    if (problem[0] == 2) batch->run(pool, a, c, b);
  });
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(GlassTapeConvolution, convolve,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<ffi::Span<const int64_t>>("problem")
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Ret<ffi::Buffer<ffi::F32>>());

// Called before a program is compiled, so that it holds only what can be run (see `about`).
extern "C" int glasstape_convolution_about(const int64_t* numbers, int64_t count, char* name,
                                           int64_t room) {
  return glasstape::about<Batch>(numbers, count, name, room);
}
