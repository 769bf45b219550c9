import GRDB
import GRDBSQLite
import VouchModel

/// Lets a control's SQL read the records and nothing else.
///
/// SQLite asks an authorizer about everything a statement wants to do while it is compiled:
/// writing, attaching, pragmas and functions that reach outside are refused there. While a
/// statement runs, its virtual machine's steps are counted, so that an endless recursion ends.
final class SQLGuard {
  /// Tables and columns that the statements compiled so far read.
  private(set) var tables: Set<String> = []
  private(set) var refusal: String?
  /// Steps of SQLite's virtual machine after which a statement is stopped. A million findings
  /// take about 200 million.
  static let stepLimit: Int = 20_000_000_000
  private static let stepsPerCall: Int32 = 1_000_000
  private var calls = 0

  /// Functions of stock SQLite that read files or load code.
  private static let forbidden: Set<String> = [
    "load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "random", "randomblob",
    "sqlite_compileoption_get", "sqlite_compileoption_used",
  ]

  /// Functions that read the clock: as_of is the only time there is.
  private static let clocked: Set<String> = [
    "current_timestamp", "current_time", "current_date",
  ]

  /// Compiles a statement under guard; throws the reason when it is refused or wrong.
  func compile(_ sql: String, on db: Database) throws(SQLProblem) -> Statement {
    refusal = nil
    let me = Unmanaged.passUnretained(self).toOpaque()
    // GRDB sets its own authorizer while it compiles, so the statement is compiled twice: here
    // to be judged, there to be run.
    var raw: OpaquePointer?
    var tail: UnsafePointer<CChar>?
    Self.declareTableFunctions(db.sqliteConnection)
    sqlite3_set_authorizer(db.sqliteConnection, Self.authorize, me)
    let (code, rest) = sql.withCString { text -> (Int32, String) in
      let code = sqlite3_prepare_v2(db.sqliteConnection, text, -1, &raw, &tail)
      return (code, tail.map { String(cString: $0) } ?? "")
    }
    sqlite3_set_authorizer(db.sqliteConnection, nil, nil)
    let message = String(cString: sqlite3_errmsg(db.sqliteConnection))
    let isReadOnly = raw.map { sqlite3_stmt_readonly($0) != 0 } ?? true
    let isEmpty = raw == nil && code == SQLITE_OK
    sqlite3_finalize(raw)
    if let refusal { throw SQLProblem(text: refusal) }
    if code != SQLITE_OK { throw SQLProblem(text: message) }
    if isEmpty { throw SQLProblem(text: "there is no statement") }
    if !isReadOnly { throw SQLProblem(text: "the statement writes") }
    let more = rest.drop { $0.isWhitespace || $0 == ";" }
    if !more.isEmpty, !more.hasPrefix("--") {
      throw SQLProblem(text: "there is more than one statement")
    }
    do {
      return try db.makeStatement(sql: sql)
    } catch {
      throw SQLProblem(text: "\(error)")
    }
  }

  /// Names SQLite's table-valued functions once before the authorizer listens: a connection that
  /// meets `json_each` for the first time declares its columns, which looks like a write.
  private static func declareTableFunctions(_ connection: OpaquePointer?) {
    var raw: OpaquePointer?
    sqlite3_prepare_v2(connection, "SELECT 1 FROM json_each('[]'), json_tree('[]')", -1, &raw, nil)
    sqlite3_finalize(raw)
  }

  /// Runs `body` with the steps counted; a statement that passes the limit is interrupted.
  func limited<T>(on db: Database, _ body: () throws -> T) rethrows -> T {
    calls = 0
    sqlite3_progress_handler(
      db.sqliteConnection, Self.stepsPerCall,
      { pointer in
        guard let pointer else { return 0 }
        let me = Unmanaged<SQLGuard>.fromOpaque(pointer).takeUnretainedValue()
        me.calls += 1
        return me.calls > SQLGuard.stepLimit / Int(SQLGuard.stepsPerCall) ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
    defer { sqlite3_progress_handler(db.sqliteConnection, 0, nil, nil) }
    return try body()
  }

  /// Whether the last limited statement was stopped for running too long.
  var ranTooLong: Bool { calls > Self.stepLimit / Int(Self.stepsPerCall) }

  private static let authorize:
    @convention(c) (
      UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
      UnsafePointer<CChar>?, UnsafePointer<CChar>?
    ) -> Int32 = { pointer, action, first, second, _, _ in
      guard let pointer else { return SQLITE_DENY }
      let me = Unmanaged<SQLGuard>.fromOpaque(pointer).takeUnretainedValue()
      let name = first.map { String(cString: $0) } ?? ""
      switch action {
      case SQLITE_SELECT, SQLITE_RECURSIVE: return SQLITE_OK
      case SQLITE_READ:
        me.tables.insert(name)
        return SQLITE_OK
      case SQLITE_FUNCTION:
        let function = second.map { String(cString: $0).lowercased() } ?? ""
        if forbidden.contains(function) {
          me.refusal = "the function \(function)() reaches outside the records"
          return SQLITE_DENY
        }
        if clocked.contains(function) {
          me.refusal = "\(function) reads the clock; the only time of an evaluation is as_of"
          return SQLITE_DENY
        }
        return SQLITE_OK
      case SQLITE_ATTACH: me.refusal = "a rule cannot attach a database"
      case SQLITE_PRAGMA: me.refusal = "a rule cannot use PRAGMA"
      default: me.refusal = "a rule can only read (SELECT)"
      }
      return SQLITE_DENY
    }
}

/// Why an SQL text cannot be used.
struct SQLProblem: Error {
  let text: String
}
