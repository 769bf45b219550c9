import GRDB
import VouchModel

/// Runs the examples of a control file on a database in memory.
public enum ExampleRunner {
  /// Runs one example and gives the conclusion beside the problems: one per expectation that
  /// does not hold.
  static func run(
    _ example: ControlExample, of control: Control, defaults: [Engagement.Parameter]
  ) throws -> ([Diagnostic], Conclusion) {
    let queue = try database(example, control)
    let adoption = Engagement.Adoption(control: control.id, owner: "p-owner")
    let engagement = Engagement(
      organization: "Example", slug: "example", system: "", systemDescription: "",
      categories: Category.allCases, zone: .utc,
      adoptions: adoptions(example, adoption), parameters: defaults + example.parameters,
      waivers: [], exclusions: exclusions(example), aliases: [:])
    return try queue.write { db in
      let evaluator = Evaluator(
        db, engagement: engagement, period: example.period, asOf: example.asOf)
      let conclusion = try evaluator.conclude(control, adoption: adoption)
      return (evaluator.diagnostics + compare(example, conclusion), conclusion)
    }
  }

  /// Writes an example as a records database and gives the script that recomputes its verdict,
  /// with what it has to print: the program's own evaluation and stock `sqlite3` check each other.
  public static func reperformance(
    of example: ControlExample, _ control: Control, defaults: [Engagement.Parameter],
    database path: String
  ) throws -> (script: String, expected: String) {
    let adoption = Engagement.Adoption(control: control.id, owner: "p-owner")
    let engagement = Engagement(
      organization: "Example", slug: "example", system: "", systemDescription: "",
      categories: Category.allCases, zone: .utc, adoptions: adoptions(example, adoption),
      parameters: defaults + example.parameters, waivers: [], exclusions: exclusions(example),
      aliases: [:])
    return try database(example, control, at: path).write { db in
      let evaluator = Evaluator(
        db, engagement: engagement, period: example.period, asOf: example.asOf)
      let conclusion = try evaluator.conclude(control, adoption: adoption)
      return (
        try evaluator.reperformScript([conclusion]), ReperformScript.expected([conclusion])
      )
    }
  }

  private static func adoptions(
    _ example: ControlExample, _ adoption: Engagement.Adoption
  ) -> [Engagement.Adoption] {
    let rows = example.given.first { $0.table == "adopted_control" }?.rows ?? []
    let given = rows.map { row in
      Engagement.Adoption(control: text(row, "control_id"), owner: text(row, "owner_id"))
    }
    return given.isEmpty ? [adoption] : given
  }

  private static func exclusions(_ example: ControlExample) -> [Engagement.Exclusion] {
    (example.given.first { $0.table == "exclusion" }?.rows ?? []).map { row in
      Engagement.Exclusion(
        kind: text(row, "kind"), thing: text(row, "thing"), reason: text(row, "reason"),
        approver: text(row, "approver"))
    }
  }

  private static func text(_ row: [(column: String, value: Value)], _ column: String) -> String {
    if case .text(let text)? = row.first(where: { $0.column == column })?.value { return text }
    return ""
  }

  private static func database(
    _ example: ControlExample, _ control: Control, at path: String? = nil
  ) throws -> DatabaseQueue {
    let queue = try path.map { try DatabaseQueue(path: $0) } ?? DatabaseQueue()
    try queue.write { db in
      for sql in RecordSchema.tables + RecordSchema.evidenceTables { try db.execute(sql: sql) }
      if !example.given.contains(where: { $0.table == "evidence_item" }) {
        try db.execute(
          sql: """
            INSERT INTO evidence_item(evidence, evidence_id, source, sha256, name, effective_at, complete)
            VALUES (1, 'example', 'example', '', 'example', \(example.period.start.seconds), 1)
            """)
      }
      for (table, rows) in example.given where !["exclusion", "adopted_control"].contains(table) {
        for row in rows { try insert(row, table, example, db) }
      }
      if !example.given.contains(where: { $0.table == "collected" }) {
        try collectEverything(example, control, db)
      }
    }
    return queue
  }

  private static func insert(
    _ row: [(column: String, value: Value)], _ table: String, _ example: ControlExample,
    _ db: Database
  ) throws {
    var row = row
    if RecordType.named(table) != nil {
      if !row.contains(where: { $0.column == "at" }) {
        row.append(("at", .instant(example.period.start)))
      }
      if !row.contains(where: { $0.column == "evidence" }) { row.append(("evidence", .integer(1))) }
    }
    if table == "finding" { completeFinding(&row) }
    let target = table == "finding" ? "finding_flat" : table
    let columns = row.map(\.column).joined(separator: ", ")
    let values = row.map { literal($0.value) }.joined(separator: ", ")
    try db.execute(sql: "INSERT INTO \(target)(\(columns)) VALUES (\(values))")
  }

  /// The rank goes with the word, so that examples need only say one of them.
  private static func completeFinding(_ row: inout [(column: String, value: Value)]) {
    guard !row.contains(where: { $0.column == "severity_rank" }) else { return }
    let ranks = ["critical": 4, "high": 3, "medium": 2, "low": 1, "none": 0]
    row.append(("severity_rank", .integer(ranks[text(row, "severity")])))
  }

  /// Without `collected` in the example, complete evidence about all it needs reaches from
  /// before the period until after its end.
  private static func collectEverything(
    _ example: ControlExample, _ control: Control, _ db: Database
  ) throws {
    let given = example.given.compactMap { RecordType.named($0.table) }
    let step = Int64(max(1, min(control.maxGapDays ?? 7, 7)))
    for type in Set(control.requires + given).sorted(by: { $0.name < $1.name }) {
      var at = example.period.start.advanced(days: -step)
      while at <= example.asOf.advanced(days: step) {
        try db.execute(
          sql: "INSERT INTO collected VALUES (?, 1, ?, NULL, ?, 1)",
          arguments: [type.name, at.seconds, at.seconds])
        at = at.advanced(days: step)
      }
    }
  }

  private static func compare(_ example: ControlExample, _ conclusion: Conclusion) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    func expect(_ isTrue: Bool, _ text: String) {
      if isTrue { return }
      problems.append(
        Diagnostic(
          "control.example", .error, at: example.place, "example '\(example.name)': \(text)",
          why: "an example is the documentation of the rule, so rule and example have to agree",
          fix: "correct the rule or the example"))
    }
    expect(
      conclusion.verdict == example.verdict,
      "the verdict is \(conclusion.verdict.rawValue) (\(conclusion.reason)), the example says \(example.verdict.rawValue)"
    )
    func list(_ truth: Truth) -> [String] {
      conclusion.items.filter { $0.result == truth && $0.decides }
        .map { "\($0.item) \($0.attribute)" }.sorted()
    }
    let deviations = example.deviations.map { "\($0.item) \($0.attribute)" }.sorted()
    expect(
      list(.false) == deviations,
      "the deviations are [\(list(.false).joined(separator: ", "))], the example says [\(deviations.joined(separator: ", "))]"
    )
    let unknown = example.unknown.map { "\($0.item) \($0.attribute)" }.sorted()
    if !unknown.isEmpty || example.verdict != .insufficientEvidence {
      expect(
        list(.unknown) == unknown || example.unknown.isEmpty,
        "unknown are [\(list(.unknown).joined(separator: ", "))], the example says [\(unknown.joined(separator: ", "))]"
      )
    }
    return problems
  }
}
