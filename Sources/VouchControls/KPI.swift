import GRDB
import VouchModel
import Yams

/// A KPI as its file in `templates/kpis/` states it.
public struct KPIFile: Sendable {
  public let id: String
  public let title: String
  /// How it is computed, in words that are printed beside the figures.
  public let method: String
  /// A SELECT of `subject`, `measure`, `value`, `unit`, `target`, `meets`; value NULL: not available.
  public let sql: String
  /// Record types without which there is no figure.
  public let requires: [RecordType]
  public let file: String
  public let digest: Digest

  public static func load(_ text: String, file: String) -> (KPIFile?, [Diagnostic]) {
    let reader = YAMLReader(file: file, topic: "kpi")
    guard let map = reader.open(text) else { return (nil, reader.problems) }
    var requires: [RecordType] = []
    for name in map.strings("requires") {
      if let type = RecordType.named(name) {
        requires.append(type)
      } else {
        map.problem(
          "record-type", "requires", "'\(name)' is not a record type",
          fix: "vouch query --tables describes them all")
      }
    }
    let kpi = KPIFile(
      id: map.required("id"), title: map.required("title"), method: map.required("method"),
      sql: map.required("sql"), requires: requires, file: file, digest: .sha256(text))
    // Vectors are the file's tests; the program does not need them.
    _ = map.node("vectors")
    map.end()
    return reader.problems.isEmpty ? (kpi, []) : (nil, reader.problems)
  }
}

extension Evaluator {
  /// The figures of a KPI over the whole period.
  public func measure(_ kpi: KPIFile) throws -> KPIResult {
    try enter(period)
    let missing = try kpi.requires.filter { type in
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM collected WHERE record_type = ?", arguments: [type.name])
        == 0
    }
    if !missing.isEmpty {
      return KPIResult(
        id: kpi.id, title: kpi.title, method: kpi.method, sql: kpi.sql, figures: [],
        note:
          "not available: no evidence about \(missing.map { $0.name.replacing("_", with: " ") }.joined(separator: ", "))"
      )
    }
    let guardian = newGuard()
    do {
      let statement = try guardian.compile(kpi.sql, on: db)
      let rows = try limited(guardian) { try Row.fetchAll(statement) }
      let figures = rows.map { row in
        KPIFigure(
          id: kpi.id, subject: Self.text(row["subject"]), measure: Self.text(row["measure"]),
          value: Self.real(row["value"]), unit: Self.text(row["unit"]),
          target: Self.real(row["target"]),
          meets: (row["meets"] as DatabaseValue?).flatMap { Bool.fromDatabaseValue($0) })
      }
      return KPIResult(
        id: kpi.id, title: kpi.title, method: kpi.method, sql: kpi.sql, figures: figures,
        note: figures.isEmpty ? "nothing to measure in this period" : "")
    } catch let problem as SQLProblem {
      report(
        Diagnostic(
          "kpi.sql", .error, at: kpi.file, "the SQL of \(kpi.id) cannot be run: \(problem.text)",
          why: "a figure that cannot be computed is not available, never zero",
          fix: "correct the file"))
      return KPIResult(
        id: kpi.id, title: kpi.title, method: kpi.method, sql: kpi.sql, figures: [],
        note: "not available: the rule cannot be run")
    }
  }
}
