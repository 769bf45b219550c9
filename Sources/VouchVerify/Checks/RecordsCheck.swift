import Foundation
import GRDB

/// The database of normalised records: whole, and readable without anything beside it.
enum RecordsCheck {
  private static let title = "records.sqlite is a whole database"

  static func run(_ package: any PackageContents) -> Check {
    var check = Check("records", title)
    let path = PackageLayout.records
    guard package.has(path) else {
      check.find("missing", path, "is missing")
      return check
    }
    do {
      let scratch = try Scratch()
      let file = try package.onDisk(path, scratch: scratch)
      try examine(file, &check)
    } catch let fault as ReadFault {
      check.find("unreadable", path, fault.text)
    } catch let error as DatabaseError {
      check.find("damaged", path, "SQLite: \(error.message ?? "\(error.resultCode)")")
    } catch {
      check.find("unreadable", path, "cannot be read")
    }
    return check
  }

  private static func examine(_ file: String, _ check: inout Check) throws {
    let head = try OpenFile(file).bytes(at: 0, count: 100)
    guard head.count == 100, head.starts(with: "SQLite format 3\0".utf8) else {
      check.find("damaged", PackageLayout.records, "is no SQLite database")
      return
    }
    // 1 is a rollback journal, 2 is WAL: rows could be in a file beside it, and opening it
    // would write one into the package.
    guard head[18] == 1, head[19] == 1 else {
      check.find("wal", PackageLayout.records, "is in WAL mode, so rows may lie in another file")
      return
    }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.prepareDatabase { db in
      // The file is a stranger's: nothing in its schema may call anything.
      try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
    }
    let queue = try DatabaseQueue(path: file, configuration: configuration)
    try queue.read { db in
      let rows = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)")
      for row in rows where row != "ok" { check.find("damaged", PackageLayout.records, row) }
      let tables = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM sqlite_schema WHERE type = 'table'")
      check.note = "\(tables ?? 0) tables"
    }
    try queue.close()
  }
}
