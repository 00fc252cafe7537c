"""`tf.summary`: what a program measures, in files that TensorBoard shows."""

from glasstape.tf import _elsewhere
from glasstape.tf.summary import experimental as experimental
from glasstape.tf.summary._tracing import trace_export as trace_export
from glasstape.tf.summary._tracing import trace_off as trace_off
from glasstape.tf.summary._tracing import trace_on as trace_on
from glasstape.tf.summary._writing import SummaryWriter as SummaryWriter
from glasstape.tf.summary._writing import create_file_writer as create_file_writer
from glasstape.tf.summary._writing import create_noop_writer as create_noop_writer
from glasstape.tf.summary._writing import flush as flush
from glasstape.tf.summary._writing import histogram as histogram
from glasstape.tf.summary._writing import image as image
from glasstape.tf.summary._writing import record_if as record_if
from glasstape.tf.summary._writing import scalar as scalar
from glasstape.tf.summary._writing import should_record_summaries as should_record_summaries
from glasstape.tf.summary._writing import text as text

__all__ = [
    "SummaryWriter",
    "create_file_writer",
    "create_noop_writer",
    "experimental",
    "flush",
    "histogram",
    "image",
    "record_if",
    "scalar",
    "should_record_summaries",
    "text",
    "trace_export",
    "trace_off",
    "trace_on",
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
