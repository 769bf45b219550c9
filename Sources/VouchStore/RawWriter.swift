import Foundation
import GRDB
import GRDBSQLite
import VouchModel

/// Writes the batches of one reading into the raw tables.
///
/// Binds through SQLite's C interface on GRDB's statements: a row then takes under a microsecond.
final class RawWriter {
  private let db: Database
  private let item: EvidenceItem
  private var inserts: [RecordType: Statement] = [:]
  private var observation: Statement?
  private let hostBase: Int64
  private let pluginBase: Int64
  private var scan: Int64 = 0
  private var tool = ""

  init(_ db: Database, item: EvidenceItem) {
    self.db = db
    self.item = item
    hostBase = (try? Int64.fetchOne(db, sql: "SELECT max(id) + 1 FROM raw_host")) ?? 1
    pluginBase = (try? Int64.fetchOne(db, sql: "SELECT max(id) + 1 FROM raw_plugin")) ?? 1
  }

  func write(_ batches: [Batch]) throws {
    for batch in batches {
      switch batch {
      case .records(let records): for record in records { try write(record) }
      case .host(let ref, let number):
        try db.execute(
          sql: "INSERT INTO raw_host VALUES (?, ?, ?)",
          arguments: [hostBase + Int64(number), item.sequence, ref])
      case .plugin(let plugin, let number): try write(plugin, number)
      case .scan(let id, let tool):
        self.tool = tool
        try db.execute(
          sql: "INSERT INTO raw_scan_number(evidence, scan_id, tool) VALUES (?, ?, ?)",
          arguments: [item.sequence, id, tool])
        scan = db.lastInsertedRowID
      case .observations(let observations): try write(observations)
      }
    }
  }

  private func write(_ plugin: Plugin, _ number: Int32) throws {
    let cves = "[" + plugin.cves.map(JSONText.quoted).joined(separator: ",") + "]"
    try db.execute(
      sql: "INSERT INTO raw_plugin VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        pluginBase + Int64(number), item.sequence, tool, plugin.id, plugin.name, plugin.family,
        plugin.app, cves, plugin.score, plugin.fixAvailableAt?.seconds, plugin.fixedVersion,
        plugin.kev,
      ])
  }

  private func write(_ record: VouchModel.Record) throws {
    let statement: Statement
    if let known = inserts[record.type] {
      statement = known
    } else {
      let marks = Array(repeating: "?", count: record.type.columns.count + 3)
      statement = try db.makeStatement(
        sql: "INSERT INTO raw_\(record.type.name) VALUES (\(marks.joined(separator: ",")))")
      inserts[record.type] = statement
    }
    let raw = statement.sqliteStatement
    var index: Int32 = 1
    for value in record.values {
      bind(value, raw, index)
      index += 1
    }
    bind(.instant(record.at), raw, index)
    sqlite3_bind_int64(raw, index + 1, Int64(item.sequence))
    bind(.text(record.place), raw, index + 2)
    try step(raw)
  }

  private func write(_ observations: [Observation]) throws {
    let statement: Statement
    if let known = observation {
      statement = known
    } else {
      statement = try db.makeStatement(
        sql: "INSERT INTO raw_observation VALUES (?,?,?,?,?,?,?,?,?)")
      observation = statement
    }
    let raw = statement.sqliteStatement
    sqlite3_bind_int64(raw, 1, scan)
    sqlite3_bind_int64(raw, 8, Int64(item.sequence))
    for o in observations {
      sqlite3_bind_int64(raw, 2, hostBase + Int64(o.host))
      sqlite3_bind_int64(raw, 3, pluginBase + Int64(o.plugin))
      sqlite3_bind_int64(raw, 4, Int64(o.port))
      sqlite3_bind_int64(raw, 5, Int64(o.transport))
      sqlite3_bind_int64(raw, 6, Int64(o.severity))
      sqlite3_bind_int64(raw, 7, o.accepted ? 1 : 0)
      sqlite3_bind_int64(raw, 9, o.line)
      try step(raw)
    }
  }

  private func bind(_ value: Value, _ statement: OpaquePointer?, _ index: Int32) {
    switch value {
    case .null: sqlite3_bind_null(statement, index)
    case .integer(let n): sqlite3_bind_int64(statement, index, n)
    case .real(let x): sqlite3_bind_double(statement, index, x)
    case .text(var s):
      s.withUTF8 { bytes in
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        _ = bytes.withMemoryRebound(to: CChar.self) {
          // A null pointer would bind NULL; an empty text is a text.
          $0.baseAddress == nil
            ? sqlite3_bind_text(statement, index, "", 0, transient)
            : sqlite3_bind_text(statement, index, $0.baseAddress, Int32($0.count), transient)
        }
      }
    }
  }

  private func step(_ statement: OpaquePointer?) throws {
    let code = sqlite3_step(statement)
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code),
        message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
    }
  }

  /// Notes the item itself, what it provides, and its diagnostics.
  func finish(_ loaded: LoadedReading, format: String, digestFound: Digest) throws {
    let p = item.provenance
    let effective =
      loaded.effectiveAt ?? item.statedTime ?? p.collectedAt
    let isComplete = loaded.isComplete && p.partial == nil
    // A listing speaks about everything up to the moment it was taken.
    let coversTo = loaded.coversTo ?? effective
    let parameters =
      "{"
      + p.parameters.sorted { $0.key < $1.key }
      .map { "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))" }.joined(separator: ",")
      + "}"
    try db.execute(
      sql: """
        INSERT INTO evidence_item VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """,
      arguments: [
        item.sequence, item.digest.short, p.source, p.transport, p.endpoint, p.name, p.query,
        parameters, p.operator, p.host, format, p.collector, p.collectedAt.seconds,
        p.receivedAt?.seconds, effective.seconds, loaded.coversFrom?.seconds, coversTo.seconds,
        loaded.recordCount + loaded.observationCount,
        loaded.reportedTotal ?? p.reportedTotal, item.digest.hex, digestFound.hex, item.size,
        p.isLastPage, p.partial, format, isComplete, p.listing, p.page, loaded.replacedBytes,
      ])
    for type in loaded.provided {
      try db.execute(
        sql: "INSERT INTO collected VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          type, item.sequence, effective.seconds, loaded.coversFrom?.seconds, coversTo.seconds,
          isComplete,
        ])
    }
    for d in loaded.diagnostics {
      try db.execute(
        sql: "INSERT INTO diagnostic VALUES (?, ?, ?, ?, ?, ?, ?)",
        arguments: [item.sequence, d.id, d.severity.rawValue, d.at, d.text, d.why, d.fix])
    }
  }
}
