"""What is switched on when the first public name is used: checks in Keras, one-program updates.

The rooms do not know each other; here they are put together.
"""

from glasstape.compiler.eager_update import EagerUpdates
from glasstape.guards.events import install_hooks

install_hooks(run_update=EagerUpdates())
