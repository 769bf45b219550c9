import VouchModel

/// One export of the made-up company, on the day it was taken.
public struct DemoExport: Sendable {
  /// Path below `evidence/inbox/`.
  public let path: String
  public let collectedAt: Instant
  /// Writes the bytes, in pieces.
  public let write: @Sendable (_ emit: (UnsafeRawBufferPointer) throws -> Void) throws -> Void

  public init(
    path: String, collectedAt: Instant,
    write: @escaping @Sendable (_ emit: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) {
    self.path = path
    self.collectedAt = collectedAt
    self.write = write
  }

  public init(path: String, collectedAt: Instant, text: String) {
    self.init(path: path, collectedAt: collectedAt) { emit in
      try Array(text.utf8).withUnsafeBytes(emit)
    }
  }
}

/// Northlight Ledger, a company that does not exist: a bookkeeping service with its machines,
/// people, scans and registers over the third quarter of 2026.
///
/// Every fact in it is invented. What is planted on purpose is listed in `evidence/README.md`,
/// and a test holds the whole result.
public struct DemoCompany: Sendable {
  /// Number of servers in scope.
  public let hosts: Int
  static let zone = Zone("Europe/Berlin") ?? .utc

  public init(hosts: Int = 42) { self.hosts = max(6, hosts) }

  /// Local midnight of a day.
  static func day(_ month: Int, _ day: Int, hour: Int = 0, minute: Int = 0) -> Instant {
    zone.instant(
      local: Instant(year: 2026, month: month, day: day, hour: hour, minute: minute))
  }

  /// Everything, in the order in which it was collected.
  public func exports() -> [DemoExport] {
    (scans + networkScans + registers + business).sorted {
      ($0.collectedAt.seconds, $0.path) < ($1.collectedAt.seconds, $1.path)
    }
  }
}

/// A CSV of a record type: the column names are those of the table.
struct DemoTable {
  private let columns: [String]
  private var lines: [String]

  init(_ columns: String...) {
    self.columns = columns
    lines = [columns.joined(separator: ",")]
  }

  /// Adds a row; columns at the end that are not given are empty.
  mutating func row(_ cells: Any?...) {
    let all =
      cells.map(Self.cell) + Array(repeating: "", count: max(0, columns.count - cells.count))
    lines.append(all.joined(separator: ","))
  }

  private static func cell(_ value: Any?) -> String {
    switch value {
    case let instant as Instant: return instant.iso8601
    case let flag as Bool: return flag ? "true" : "false"
    case let list as [String]: return quoted(list.joined(separator: ";"))
    case let value?: return quoted("\(value)")
    case nil: return ""
    }
  }

  private static func quoted(_ text: String) -> String {
    text.contains { ",\"\n".contains($0) }
      ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }

  var text: String { lines.joined(separator: "\n") + "\n" }
}
