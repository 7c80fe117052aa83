"""Module documents to submit, with as many components as builds of the generated database have on average."""

COMPONENTS = 19
_FIRST_VERSION = 20300101000000

_HEAD = """document: modulemd
version: 2
data:
  name: {name}
  stream: "bench"
  version: {version}
  summary: A module of the benchmark
  description: >-
    It has as many components as modules have on average.
  license:
    module: [MIT]
  dependencies:
  - buildrequires:
      platform: [{platform}]
    requires:
      platform: [{platform}]
  profiles:
    default:
      rpms: [component-0]
  api:
    rpms: [component-0, component-1]
  components:
    rpms:
"""
_COMPONENT = """      component-{number}:
        rationale: Component number {number} of this module.
        buildorder: {order}
        ref: main
"""


def module(name, number, platform):
    """A document for the base module `platform:PLATFORM`; `number` makes its version."""
    components = (_COMPONENT.format(number=each, order=each // 5) for each in range(COMPONENTS))
    return _HEAD.format(name=name, version=_FIRST_VERSION + number, platform=platform) + "".join(components)
