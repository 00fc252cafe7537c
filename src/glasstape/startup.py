"""What is switched on when the first public name is used.

Checks in Keras, losses and updates of eager code in one program a call, compiled programs on disk,
verdicts at the end.
The rooms do not know each other; here they are put together.
"""

from glasstape.compiler import cache, verdicts
from glasstape.compiler.autograph.layers import find_call
from glasstape.compiler.eager.losses import EagerLosses
from glasstape.compiler.eager.metrics import EagerMetrics
from glasstape.compiler.eager.updates import EagerUpdates
from glasstape.guards.events import install_hooks

install_hooks(EagerUpdates(), EagerLosses().find, EagerMetrics(), find_call)
cache.set_up()
verdicts.set_up()
