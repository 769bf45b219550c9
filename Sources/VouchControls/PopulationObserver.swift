import GRDB
import GRDBSQLite
import VouchModel

/// One item of a population, as a workpaper shows it.
public struct PopulationItem: Sendable {
  /// 0-based number of the slice of the period.
  public let slice: Int
  public let item: String
  /// Row of `evidence_item`; nil when the item has no single origin.
  public let evidence: Int?
  public let place: String
  /// One per attribute, in the control's order.
  public let results: [Truth]
  /// The population's own columns beside item, evidence and place.
  public let values: [Value]
  /// False on a deciding attribute, and not waived.
  public let isDeviation: Bool

  static func text(_ raw: OpaquePointer?, _ column: Int32) -> String? {
    guard let start = sqlite3_column_text(raw, column) else { return nil }
    let count = Int(sqlite3_column_bytes(raw, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }
}

/// Is shown the population of a control while it is judged, sorted by item in each slice.
///
/// A control that is not evaluated shows nothing; one whose rule is stopped ends in the middle.
public protocol PopulationObserver: AnyObject {
  /// The parts of the period that are judged one after the other, because a parameter changed.
  func begin(_ slices: [Period]) throws
  /// Names of the population's own columns, once a slice.
  func columns(_ names: [String]) throws
  func item(_ item: PopulationItem) throws
  /// - Parameter keys: gives the keys of all items once more, in no order.
  func end(_ keys: () throws -> [String]) throws
}

/// An observer and the slice that it is shown.
struct Watch {
  let observer: any PopulationObserver
  let slice: Int
}

/// Where item, evidence and place stand in a row, and which columns are the population's own.
struct ItemColumns {
  /// 0-based, behind the attributes.
  let own: [Int32]
  private let key: Int32?
  private let origin: Int32?
  private let spot: Int32?

  init(_ statement: Statement, after attributes: Int) {
    let names = statement.columnNames.dropFirst(attributes)
    func index(_ name: String) -> Int32? { names.firstIndex(of: name).map(Int32.init) }
    (key, origin, spot) = (index("item"), index("evidence"), index("place"))
    let taken = [key, origin, spot]
    own = names.indices.map(Int32.init).filter { !taken.contains($0) }
  }

  func item(_ raw: OpaquePointer?) -> String? { key.flatMap { PopulationItem.text(raw, $0) } }

  func place(_ raw: OpaquePointer?) -> String? { spot.flatMap { PopulationItem.text(raw, $0) } }

  func evidence(_ raw: OpaquePointer?) -> Int? {
    guard let origin, sqlite3_column_type(raw, origin) == SQLITE_INTEGER else { return nil }
    return Int(sqlite3_column_int64(raw, origin))
  }
}
