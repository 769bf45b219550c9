import Foundation
import GRDB

/// The database of normalised records: whole, and readable without anything beside it.
enum RecordsCheck {
  private static let title = "records.sqlite is a whole database"

  /// An item of evidence as the database knows it.
  struct Evidence: Sendable {
    /// Number of the ledger's entry.
    let number: Int
    let digest: String?
    let records: Int?
  }

  /// The check, and what the database says it was read from.
  static func run(_ package: any PackageContents) -> (Check, [Evidence]) {
    var check = Check("records", title)
    let path = PackageLayout.records
    guard package.has(path) else {
      check.find("missing", path, "is missing")
      return (check, [])
    }
    var evidence: [Evidence] = []
    do {
      let scratch = try Scratch()
      let file = try package.onDisk(path, scratch: scratch)
      evidence = try examine(file, &check)
    } catch let fault as ReadFault {
      check.find("unreadable", path, fault.text)
    } catch let error as DatabaseError {
      check.find("damaged", path, "SQLite: \(error.message ?? "\(error.resultCode)")")
    } catch {
      check.find("unreadable", path, "cannot be read")
    }
    return (check, evidence)
  }

  private static func examine(_ file: String, _ check: inout Check) throws -> [Evidence] {
    let head = try OpenFile(file).bytes(at: 0, count: 100)
    guard head.count == 100, head.starts(with: "SQLite format 3\0".utf8) else {
      check.find("damaged", PackageLayout.records, "is no SQLite database")
      return []
    }
    // 1 is a rollback journal, 2 is WAL: rows could be in a file beside it, and opening it
    // would write one into the package.
    guard head[18] == 1, head[19] == 1 else {
      check.find("wal", PackageLayout.records, "is in WAL mode, so rows may lie in another file")
      return []
    }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.prepareDatabase { db in
      // The file is a stranger's: nothing in its schema may call anything.
      try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
    }
    let queue = try DatabaseQueue(path: file, configuration: configuration)
    defer { try? queue.close() }
    return try queue.read { db in
      let rows = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)")
      for row in rows where row != "ok" { check.find("damaged", PackageLayout.records, row) }
      let tables = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM sqlite_schema WHERE type = 'table'")
      check.note = "\(tables ?? 0) tables"
      return try evidence(db)
    }
  }

  private static func evidence(_ db: Database) throws -> [Evidence] {
    guard try db.tableExists("evidence_item") else { return [] }
    let columns = Set(try db.columns(in: "evidence_item").map(\.name))
    guard columns.isSuperset(of: ["evidence", "sha256", "record_count"]) else { return [] }
    let rows = try Row.fetchCursor(
      db, sql: "SELECT evidence, sha256, record_count FROM evidence_item LIMIT 2000000")
    var evidence: [Evidence] = []
    while let row = try rows.next() {
      // Columns of a stranger's database may hold anything.
      guard let number = Int.fromDatabaseValue(row[0]) else { continue }
      evidence.append(
        Evidence(
          number: number, digest: String.fromDatabaseValue(row[1]),
          records: Int.fromDatabaseValue(row[2])))
    }
    return evidence
  }
}
