"""Guards: what must never pass silently (labels out of range, a loss that is not a number).

`events` carries what happens (a gradient was taken, labels were used, an update starts) to the
innermost listener of this thread; `eager` answers in eager code, the step compiler inside a
trace. The recorder and the compiler meet here and nowhere else.
"""
