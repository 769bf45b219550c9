import GRDB
import GRDBSQLite
import VouchModel

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

  func item(_ raw: OpaquePointer?) -> String? { key.flatMap { Evaluator.text(raw, $0) } }

  func place(_ raw: OpaquePointer?) -> String? { spot.flatMap { Evaluator.text(raw, $0) } }

  func evidence(_ raw: OpaquePointer?) -> Int? {
    guard let origin, sqlite3_column_type(raw, origin) == SQLITE_INTEGER else { return nil }
    return Int(sqlite3_column_int64(raw, origin))
  }
}
