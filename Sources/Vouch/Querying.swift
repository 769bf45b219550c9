import Foundation
import GRDB
import VouchControls
import VouchModel

extension Workspace {
  /// Runs a read-only statement over the records, with period, as_of, parameters and calendar.
  public func query(
    _ sql: String, period: Period, asOf: Instant?, columns: ([String]) -> Void,
    row: ([String?]) -> Void
  ) throws {
    _ = try assessNothing(period: period, asOf: asOf) { evaluator in
      do {
        try evaluator.query(sql, columns: columns, row: row)
      } catch let refusal as Refusal {
        throw refusal
      }
    }
  }

  private func assessNothing(
    period: Period, asOf: Instant?, _ body: (Evaluator) throws -> Void
  ) throws {
    try openedRecords(asOf: asOf ?? period.end) { records in
      try records.reader().writeWithoutTransaction { db in
        try body(
          Evaluator(
            db, engagement: configuration.engagement, period: period, asOf: asOf ?? period.end))
      }
    }
  }

  /// The tables that a query can name, with what their columns mean.
  public static func tables() -> String {
    var lines: [String] = []
    for type in RecordType.all {
      lines.append("\(type.name)  \(type.doc)")
      if type.history.keepsSnapshots {
        lines.append("  one row per snapshot; \(type.name)_current has the newest before as_of")
      }
      for column in type.columns + RecordType.originColumns {
        lines.append(
          "  \(column.name.padding(toLength: 24, withPad: " ", startingAt: 0)) \(column.kind.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)) \(column.doc)"
        )
      }
      lines.append("")
    }
    lines += [
      "Tables of the evaluation: period(id, start_at, end_at), as_of(at), policy (one row, a column per",
      "parameter), parameter(name, key, value), day(day, start_at, end_at, weekday, is_business, opens_at,",
      "closes_at), due_interval(kind, start_at, end_at), exclusion, adopted_control, evidence_item,",
      "collected, source_failure. Times are seconds since 1970-01-01T00:00:00Z.",
    ]
    return lines.joined(separator: "\n")
  }
}
