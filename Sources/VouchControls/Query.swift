import GRDB
import VouchModel

extension Evaluator {
  /// Runs one read-only statement of a person and hands over its rows as text; NULL is nil.
  public func query(
    _ sql: String, columns: ([String]) -> Void, row: ([String?]) -> Void
  ) throws {
    try enter(period)
    let guardian = newGuard()
    do {
      let statement = try guardian.compile(sql, on: db)
      try limited(guardian) {
        let rows = try Row.fetchCursor(statement)
        columns(statement.columnNames)
        while let fetched = try rows.next() {
          row(
            fetched.databaseValues.map { value in
              switch value.storage {
              case .null: nil
              case .int64(let n): String(n)
              case .double(let x): String(x)
              case .string(let s): s
              case .blob(let data): "(\(data.count) bytes)"
              }
            })
        }
      }
    } catch let problem as SQLProblem {
      throw Refusal(.data, Self.queryDiagnostic(problem.text))
    }
  }

  private static func queryDiagnostic(_ text: String) -> Diagnostic {
    Diagnostic(
      "query.sql", .error, "the statement cannot be run: \(text)",
      why: "a query reads the records and nothing else",
      fix: "vouch query --tables describes the tables and their columns")
  }
}
