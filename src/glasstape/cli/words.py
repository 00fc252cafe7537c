"""What the demo says, in each of its languages."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """The demo's sentences in one language."""

    digits: str
    mnist: str
    step: str
    loading: str
    epoch: str
    reached: str
    stopped: str
    stopped_early: str
    folder: str
    program: str
    error: str


ENGLISH = Words(
    digits="A small convolutional net learns scikit-learn's handwritten digits (8x8 pixels).",
    mnist="A small convolutional net learns MNIST's handwritten digits (28x28 pixels).",
    step="Its training step, written by hand:",
    loading="Loading Keras and JAX; the first step will then be compiled ...",
    # The Korean line is the chapter's, to the letter; this one just fits into 80 columns.
    epoch="Epoch {}, loss {:.5f}, accuracy {:.2f}%, test loss {:.5f}, test accuracy {:.2f}%",
    reached="Test accuracy: {accuracy:.2f}% after {epochs} epochs.",
    stopped="Stopped by Ctrl-C. Reached so far, after {epochs} epochs: "
    "test accuracy {accuracy:.2f}%.",
    stopped_early="Stopped by Ctrl-C before the first epoch was over.",
    folder="Run folder, with every gradient looked at: {folder}",
    program="The whole program: {file}",
    error="Error",
)

KOREAN = Words(
    digits="작은 합성곱 신경망이 scikit-learn의 손글씨 숫자(8x8 픽셀)를 배웁니다.",
    mnist="작은 합성곱 신경망이 MNIST 손글씨 숫자(28x28 픽셀)를 배웁니다.",
    step="직접 쓴 훈련 스텝:",
    loading="Keras와 JAX를 불러온 다음 첫 스텝을 컴파일합니다 ...",
    epoch="에포크: {}, 손실: {:.5f}, 정확도: {:.2f}%, 테스트 손실: {:.5f}, 테스트 정확도: {:.2f}%",
    reached="테스트 정확도: {accuracy:.2f}% ({epochs} 에포크)",
    stopped="Ctrl-C로 멈췄습니다. 지금까지 {epochs} 에포크: 테스트 정확도 {accuracy:.2f}%",
    stopped_early="첫 에포크가 끝나기 전에 Ctrl-C로 멈췄습니다.",
    folder="관찰한 모든 그래디언트가 있는 실행 폴더: {folder}",
    program="전체 프로그램: {file}",
    error="오류",
)

WORDS = {"en": ENGLISH, "ko": KOREAN}
