/// One column of a record table.
public struct Column: Hashable, Sendable {
  public enum Kind: String, Sendable {
    case text
    case integer
    case real
    /// 1, 0, or NULL when the source does not say.
    case flag
    /// Seconds since 1970-01-01T00:00:00Z.
    case instant
    /// A JSON array as text, for `json_each`.
    case list
    /// A JSON object or array of objects as text, for `->>` and `json_each`.
    case json
    /// A machine: the collector gives the name the tool uses, the table holds the asset's id once
    /// the host identity ledger has resolved it.
    case host

    /// The SQLite type the column is declared with.
    public var sql: String {
      switch self {
      case .text, .list, .json, .host: "TEXT"
      case .integer, .flag, .instant: "INTEGER"
      case .real: "REAL"
      }
    }
  }

  public let name: String
  public let kind: Kind
  public let doc: String

  public static func text(_ name: String, _ doc: String) -> Column {
    Column(name: name, kind: .text, doc: doc)
  }
  public static func integer(_ name: String, _ doc: String) -> Column {
    Column(name: name, kind: .integer, doc: doc)
  }
  public static func real(_ name: String, _ doc: String) -> Column {
    Column(name: name, kind: .real, doc: doc)
  }
  public static func flag(_ name: String, _ doc: String) -> Column {
    Column(name: name, kind: .flag, doc: doc)
  }
  public static func instant(_ name: String, _ doc: String) -> Column {
    Column(name: name, kind: .instant, doc: doc)
  }
  public static func list(_ name: String, _ doc: String) -> Column {
    Column(name: name, kind: .list, doc: doc)
  }
  public static func json(_ name: String, _ doc: String) -> Column {
    Column(name: name, kind: .json, doc: doc)
  }
  public static func host(_ name: String, _ doc: String) -> Column {
    Column(name: name, kind: .host, doc: doc)
  }
}

/// A kind of record: the name of its table and what its columns mean.
public struct RecordType: Hashable, Sendable {
  /// What to keep when several exports speak of the same thing.
  public enum History: String, Sendable {
    /// The row with the latest effective time wins: a ticket, a person, an incident.
    case latest
    /// Every snapshot stays a row of its own, told apart by `at`: a rule, a certificate.
    case snapshots
    /// As snapshots, but the exports of one day that speak of the same thing make one row, each
    /// with the columns it fills: an account and its factors, a host's settings by command.
    case mergedSnapshots
    /// As latest, but several answers complete each other: a request, its reviews, its checks.
    case mergedLatest

    public var keepsSnapshots: Bool { self == .snapshots || self == .mergedSnapshots }
  }

  public let name: String
  public let history: History
  /// The columns that tell one record from another, in the order in which they make an item's key.
  public let key: [String]
  public let doc: String
  public let columns: [Column]
  private let positions: [String: Int]

  init(_ name: String, _ history: History, key: [String], _ doc: String, _ columns: [Column]) {
    self.name = name
    self.history = history
    self.key = key
    self.doc = doc
    self.columns = columns
    positions = Dictionary(
      uniqueKeysWithValues: columns.enumerated().map { ($1.name, $0) })
  }

  public func position(of column: String) -> Int? { positions[column] }

  public static func == (a: RecordType, b: RecordType) -> Bool { a.name == b.name }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The record type of this name, if there is one.
  public static func named(_ name: String) -> RecordType? { byName[name] }
  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The columns that every record table has after its own.
  ///
  /// `at`: the time the row speaks about. `evidence`: the row of `evidence_item` it was read from.
  /// `place`: line, row, XML position or JSON pointer inside that file.
  public static let originColumns: [Column] = [
    .instant("at", "effective time: the instant this row speaks about"),
    .integer("evidence", "evidence_item.evidence, the preserved file this row was read from"),
    .text("place", "L41, R12 or a JSON pointer: where in that file"),
  ]
}
