import GRDB
import GRDBSQLite
import VouchModel

/// Lets a control's SQL read the records and nothing else.
///
/// SQLite asks an authorizer about everything a statement wants to do while it is compiled:
/// writing, attaching, pragmas and functions that reach outside are refused there. While a
/// statement runs, its virtual machine's steps are counted, so that an endless recursion ends.
public final class SQLGuard {
  /// Tables and columns that the statements compiled so far read.
  private(set) var tables: Set<String> = []
  private(set) var refusal: String?
  /// Steps of SQLite's virtual machine after which a statement is stopped. A million findings
  /// take about 200 million; this many take less than a minute.
  public static let stepLimit = 4_000_000_000
  /// Bytes of one value. A single step may otherwise make a gigabyte of text.
  private static let valueLimit: Int32 = 64 << 20
  private static let stepsPerCall: Int32 = 1_000_000
  private let steps: Int
  private var calls = 0

  /// - Parameter steps: after how many steps a statement is stopped.
  init(steps: Int = SQLGuard.stepLimit) { self.steps = steps }

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
    if let word = SQLWords(sql).clock {
      throw SQLProblem(
        text:
          "\(word) reads the clock or the zone of the machine; the only time of an evaluation is as_of"
      )
    }
    Self.limit(db.sqliteConnection)
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

  /// What a single step may cost is bounded too: the length of a value, the work of a pattern.
  private static func limit(_ connection: OpaquePointer?) {
    sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, valueLimit)
    sqlite3_limit(connection, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000)
    sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0)
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
        return me.ranTooLong ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
    defer { sqlite3_progress_handler(db.sqliteConnection, 0, nil, nil) }
    return try body()
  }

  /// Whether the last limited statement was stopped for running too long.
  var ranTooLong: Bool { calls > steps / Int(Self.stepsPerCall) }

  /// Why a statement ended early, in words; nil when the disk or the memory failed and not the
  /// rule.
  func problem(_ error: DatabaseError) -> SQLProblem? {
    switch error.resultCode {
    case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_CORRUPT, .SQLITE_CANTOPEN: return nil
    default:
      return SQLProblem(
        text: ranTooLong
          ? "it was stopped after \(steps / 1_000_000) million steps"
          : error.message ?? error.resultCode.description)
    }
  }

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

/// The words of an SQL text, to find what SQLite does not say while it compiles.
struct SQLWords {
  private enum Token: Equatable {
    case word(String), text(String), mark(Character)
  }

  private let tokens: [Token]

  init(_ sql: String) {
    var tokens: [Token] = []
    var rest = Array(sql.unicodeScalars)[...]
    while let first = rest.first {
      if first == "-", rest.dropFirst().first == "-" {
        rest = rest.drop { $0 != "\n" }
      } else if first == "/", rest.dropFirst().first == "*" {
        rest = rest.dropFirst(2)
        while !rest.isEmpty, !(rest.first == "*" && rest.dropFirst().first == "/") {
          rest = rest.dropFirst()
        }
        rest = rest.dropFirst(2)
      } else if first == "'" {
        rest = rest.dropFirst()
        let body = rest.prefix { $0 != "'" }
        rest = rest[body.endIndex...].dropFirst()
        tokens.append(.text(Self.lower(body)))
      } else if first.properties.isAlphabetic || first == "_" {
        let word = rest.prefix {
          $0.properties.isAlphabetic || $0 == "_" || ("0"..."9").contains($0)
        }
        rest = rest[word.endIndex...]
        tokens.append(.word(Self.lower(word)))
      } else {
        rest = rest.dropFirst()
        if !first.properties.isWhitespace { tokens.append(.mark(Character(first))) }
      }
    }
    self.tokens = tokens
  }

  private static func lower(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    String(String.UnicodeScalarView(scalars)).lowercased()
  }

  /// Functions whose time is now when they get none, with the number of arguments before it.
  private static let dated = [
    "date": 0, "time": 0, "datetime": 0, "julianday": 0, "unixepoch": 0, "strftime": 1,
  ]

  /// What reads the clock or the machine's zone: `date('now')`, `datetime()`, `'localtime'`.
  var clock: String? {
    for (i, token) in tokens.enumerated() {
      guard case .word(let name) = token, let before = Self.dated[name],
        i + 1 < tokens.count, tokens[i + 1] == .mark("(")
      else { continue }
      var depth = 0
      var commas = 0
      for inner in tokens[(i + 1)...] {
        switch inner {
        case .mark("("): depth += 1
        case .mark(")"): depth -= 1
        case .mark(","): commas += depth == 1 ? 1 : 0
        case .text("now"), .text("localtime"), .text("utc"): return "\(name)()"
        default: break
        }
        if depth == 0 { break }
      }
      let isEmpty = i + 2 >= tokens.count || tokens[i + 2] == .mark(")")
      if (isEmpty ? 0 : commas + 1) <= before { return "\(name)()" }
    }
    return nil
  }
}
