import VouchModel

/// The tools against the asset list: who knows which host.
struct ToolsPage: View {
  let book: Book
  let story: PatchReconciliation

  private var words: Words { book.words }

  static let fields: Fields<ToolsPage> = [
    .words("t") { $0.words },
    .object("page", PageFrame.self) { .patching($0.book, "tools.html") },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "") },
    .list("family", PageLink.self) { $0.book.patchingPages(current: "tools.html") },
    .list("tools", ToolRow.self) { view in
      view.story.tools.map { ToolRow(tool: $0, book: view.book) }
    },
    .list("knowledge", KnowledgeRow.self) { view in
      view.story.knowledge.map {
        KnowledgeRow(knowledge: $0, tools: view.story.tools.map(\.tool), words: view.words)
      }
    },
    .list("differences", HostDifference.self) { view in
      view.story.differences.map {
        HostDifference(kind: $0.kind, hosts: $0.hosts, words: view.words)
      }
    },
    .flag("hasDifferences") { !$0.story.differences.isEmpty },
    .text("file") { _ in Book.inData(PackageLayout.patchingHosts) },
  ]
}

/// One kind of tool with what it knows and what it cannot see.
struct ToolRow: View {
  let tool: ToolView
  let book: Book

  private var words: Words { book.words }

  static let fields: Fields<ToolRow> = [
    .text("name") { $0.words.text("patching.tool.\($0.tool.tool)") },
    .text("sources") { $0.tool.sources.joined(separator: ", ") },
    .text("last") { row in
      row.tool.lastEvidence.map { row.book.engagement.zone.date(of: $0) } ?? ""
    },
    .text("hosts") { $0.words.number($0.tool.hosts) },
    .text("unlisted") { $0.words.number($0.tool.unlisted) },
    .text("unknown") { $0.words.number($0.tool.unknown) },
    .flag("isInventory") { $0.tool.tool == "inventory" },
    .list("blindSpots", LeftOutRow.self) { row in
      row.tool.blindSpots.map {
        LeftOutRow(
          text: row.words.text("patching.blind.\($0.kind)"), count: $0.hosts, words: row.words)
      }
    },
  ]
}

/// How many hosts exactly the marked tools know.
struct KnowledgeRow: View {
  let knowledge: Knowledge
  let tools: [String]
  let words: Words

  static let fields: Fields<KnowledgeRow> = [
    .text("hosts") { $0.words.number($0.knowledge.hosts) },
    .flag("isWhole") { row in row.tools.allSatisfy(row.knowledge.tools.contains) },
    .list("cells", KnowledgeCell.self) { row in
      row.tools.map { tool in
        KnowledgeCell(
          label: row.words.text("patching.tool.\(tool)"),
          isKnown: row.knowledge.tools.contains(tool), words: row.words)
      }
    },
  ]
}

struct KnowledgeCell: View {
  let label: String
  let isKnown: Bool
  let words: Words

  static let fields: Fields<KnowledgeCell> = [
    .text("label") { $0.label },
    .text("word") { $0.words.text($0.isKnown ? "patching.knows" : "patching.knowsNot") },
    .flag("isKnown") { $0.isKnown },
  ]
}

/// Hosts that one tool knows and another does not.
struct HostDifference: View {
  let kind: String
  let hosts: FirstRows<String>
  let words: Words

  static let fields: Fields<HostDifference> = [
    .text("id") { "difference-\($0.kind)" },
    .text("title") { $0.words.text("patching.difference.\($0.kind)") },
    .text("text") { $0.words.text("patching.differenceText.\($0.kind)") },
    .text("total") { $0.words.number($0.hosts.total) },
    .list("hosts", Line.self) { $0.hosts.rows.map(Line.init) },
    .text("more") { row in
      let rest = row.hosts.total - row.hosts.rows.count
      return rest > 0 ? row.words(.andMore, ["n": row.words.number(rest)]) : ""
    },
  ]
}

/// The ledger of host identities: why records of several tools are the same machine.
struct IdentityPage: View {
  let book: Book
  let story: PatchReconciliation

  private var words: Words { book.words }

  static let fields: Fields<IdentityPage> = [
    .words("t") { $0.words },
    .object("page", PageFrame.self) { .patching($0.book, "identity.html") },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "") },
    .list("family", PageLink.self) { $0.book.patchingPages(current: "identity.html") },
    .list("counts", IdentityCountRow.self) { view in
      view.story.identities.map { IdentityCountRow(count: $0, words: view.words) }
    },
    .flag("hasNames") { !$0.story.identities.isEmpty },
    .object("conflicts", TablePart<IdentityRow>.self) { $0.book.part($0.story.conflicts) },
    .object("weak", TablePart<IdentityRow>.self) { $0.book.part($0.story.weakMatches) },
    .object("unmatched", TablePart<IdentityRow>.self) { $0.book.part($0.story.unmatched) },
    .list("machines", MachineRow.self) { view in
      view.story.machines.rows.map { MachineRow(machine: $0, words: view.words) }
    },
    .text("machineCount") { $0.words.number($0.story.machines.total) },
    .text("moreMachines") { view in
      let rest = view.story.machines.total - view.story.machines.rows.count
      return rest > 0 ? view.words(.andMore, ["n": view.words.number(rest)]) : ""
    },
    .text("file") { _ in Book.inData(PackageLayout.patchingIdentities) },
  ]
}

struct IdentityCountRow: View {
  let count: IdentityCount
  let words: Words

  static let fields: Fields<IdentityCountRow> = [
    .text("source") { $0.count.source },
    .text("by") { $0.words.text("patching.matchedBy.\($0.count.matchedBy)") },
    .text("strength") { $0.words.text("patching.strength.\($0.strength.rawValue)") },
    .text("mark") { $0.strength.mark },
    .text("count") { $0.words.number($0.count.count) },
  ]

  private var strength: Identity.Strength { .init(matchedBy: count.matchedBy) }
}

extension Identity.Strength {
  var mark: String {
    switch self {
    case .strong, .stated, .named: "pass"
    case .weak: "lack"
    case .conflict: "fail"
    case .none: "none"
    }
  }
}

/// A name in a source, and what it was taken for.
struct IdentityRow: Row {
  let identity: Identity
  let words: Words

  static let tableFields = TablePart<IdentityRow>.make()
  static let fields: Fields<IdentityRow> = [
    .text("source") { $0.identity.source },
    .text("name") { $0.identity.name },
    .text("asset") { $0.identity.asset },
    .text("by") { $0.words.text("patching.matchedBy.\($0.identity.matchedBy)") },
    .text("strength") { $0.words.text("patching.strength.\($0.strength.rawValue)") },
    .text("mark") { $0.strength.mark },
    .text("candidates") { $0.identity.candidates.joined(separator: ", ") },
  ]

  private var strength: Identity.Strength { .init(matchedBy: identity.matchedBy) }
}

/// A machine with the name that each source has for it.
struct MachineRow: View {
  let machine: IdentifiedMachine
  let words: Words

  static let fields: Fields<MachineRow> = [
    .text("asset") { $0.machine.asset },
    .list("names", IdentityRow.self) { row in
      row.machine.names.map { IdentityRow(identity: $0, words: row.words) }
    },
  ]
}
