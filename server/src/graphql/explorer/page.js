// The explorer: GraphiQL, with a tab for each of the example queries that docs/API.md explains. It asks the service that it came from, and is
// told of what it subscribes to by a websocket at the same address.
'use strict';

const EXAMPLES = [
  `# What is broken right now, and why?
query Broken {
  moduleBuilds(first: 10, filter: { state: [FAILED] }, orderDescBy: [TIME_MODIFIED]) {
    nodes {
      nsvc owner stateReason timeModified
      components(first: 5, filter: { state: [FAILED] }) {
        nodes { package stateReason failure { verdict phase message logLine } logUrl log(tail: 5) { text } }
      }
    }
  }
}`,
  `# What waits for what?
query Waiting {
  queue { lanes { name waiting } componentsBuilding concurrentBuilds messagesWaiting }
  workers { nodes { name alive holds { name } } }
  moduleBuilds(first: 10, filter: { state: [INIT, WAIT, BUILD] }, orderBy: [ID]) {
    nodes {
      nsvc state batch
      estimate { seconds atLeastSeconds criticalPath }
      building: components(first: 20, filter: { state: [BUILDING] }) { nodes { package batch timeStarted } }
      waiting: components(first: 20, orderDescBy: [BATCH]) { nodes { package waitsFor { reason } } }
      batches { number total done: inState(state: COMPLETE) notStarted: inState }
    }
  }
}`,
  `# Which components cost most time this month?
query Costly {
  statistics {
    since
    componentBuilds(byName: true, first: 10) { name ended successRate averageSeconds longestSeconds totalSeconds }
    moduleBuilds(by: DAY, first: 31) { period ended successRate averageSeconds }
  }
}`,
  `# What would be affected if I rebuild this?
query Affected($id: ID = "1") {
  buildTree(id: $id, depth: 3, direction: DEPENDENTS) {
    truncated
    nodes { depth parent cycle repeated build { id nsvc state owner } }
  }
}`,
  `# What changed between these two builds?
query Changed($a: String = "1", $b: String = "2") {
  diff(a: $a, b: $b) {
    same
    a { nsvc state }
    b { nsvc state }
    components { added { name fields { name value } } removed { name } changed { name changes { name a b } } }
    rpms { added removed }
    buildrequires { added { name fields { name value } } removed { name } changed { name changes { name a b } } }
    requires { added { name } removed { name } changed { name changes { name a b } } }
    filters { added removed }
    api { added removed }
    moduleLicenses { added removed }
    contentLicenses { added removed }
    arches { added removed }
    macros { added removed }
  }
}`,
  `# A build with all that belongs to it
query Build($id: ID = "1") {
  moduleBuild(id: $id) {
    nsvc state stateReason owner timeSubmitted timeCompleted arches
    stateTrace { nodes { time state reason } }
    batches {
      number
      components { package state stateReason nvr seconds logUrl reuse { reused rule reason } }
    }
    buildrequires(first: 20) { nodes { id nsvc state } }
    dependents(first: 20) { totalCount nodes { id nsvc state } }
    siblings(first: 20) { nodes { id nsvc state } }
    messages(first: 20) { nodes { timeCreated message } }
  }
}`,
  `# Tell me whenever a build changes
subscription Changes {
  moduleBuildChanged {
    number state
    moduleBuild { nsvc owner state stateReason }
  }
}`,
];

const place = document.getElementById('explorer');
place.textContent = '';
const root = ReactDOM.createRoot(place);
root.render(React.createElement(GraphiQL, {
  fetcher: GraphiQL.createFetcher({
    url: window.location.pathname,
    // What the headers editor says is sent with connection_init: a browser sets no headers of a websocket.
    subscriptionUrl: window.location.origin.replace(/^http/, 'ws') + window.location.pathname,
  }),
  defaultTabs: EXAMPLES.map((query) => ({ query })),
  defaultEditorToolsVisibility: true,
  isHeadersEditorEnabled: true,
  shouldPersistHeaders: false,
}));
