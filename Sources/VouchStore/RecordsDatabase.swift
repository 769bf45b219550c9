import CSQLiteSetup
import Foundation
import GRDB
import GRDBSQLite
import VouchModel

/// The SQLite records: a cache of what the preserved evidence says, rebuilt from it at any time.
public final class RecordsDatabase {
  public let path: String
  let queue: DatabaseQueue
  /// Changes whenever tables or derivation change; a cache of another version is made anew.
  private static let version = Digest.sha256(
    (Schema.raw + RecordSchema.tables + RecordType.all.map(Schema.fill)
      + [derivationSQL, changesSQL, findingsSQL, reconciliationSQL]).joined(separator: "\n")
  ).short

  /// Opens the cache of a workspace, or makes an empty one.
  ///
  /// - Parameter readers: what reads the evidence (version and formats); a cache that other
  ///   readers filled is made anew.
  public init(path: String, readers: String) throws {
    self.path = path
    _ = Self.isSetUp
    let wanted = "\(Self.version) \(readers)"
    if FileManager.default.fileExists(atPath: path),
      (try? Self.storedVersion(path)) != wanted
    {
      for suffix in ["", "-wal", "-journal", "-shm"] {
        try? FileManager.default.removeItem(atPath: path + suffix)
      }
    }
    var configuration = Configuration()
    // Connections of our own wait for each other.
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      // A cache may be lost in a crash; it must only never be wrong. The journal keeps that.
      try db.execute(sql: "PRAGMA synchronous = OFF")
      try db.execute(sql: "PRAGMA cache_size = -64000")
      try db.execute(sql: "PRAGMA temp_store = FILE")
    }
    queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.write { db in
      guard try !db.tableExists("meta") else { return }
      for statement in Schema.raw + RecordSchema.tables { try db.execute(sql: statement) }
      try db.execute(sql: "INSERT INTO meta VALUES ('version', ?)", arguments: [wanted])
    }
  }

  /// Has to come before the process opens its first database; later it does nothing.
  private static let isSetUp = vouch_sqlite_without_memory_count() == 0

  private static func storedVersion(_ path: String) throws -> String? {
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: path, configuration: configuration).read { db in
      try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'version'")
    }
  }

  /// A read-only connection for the controls.
  public func reader() throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      // Several of these are open at once, and what they read is in the system's cache anyway.
      try db.execute(sql: "PRAGMA cache_size = -24000")
      try db.execute(sql: "PRAGMA temp_store = FILE")
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// What is loaded: by the evidence's number, how it was read and the file's stamp then.
  public func loaded() throws -> [Int: (reader: String, stamp: String)] {
    try queue.read { db in
      var all: [Int: (reader: String, stamp: String)] = [:]
      for row in try Row.fetchAll(db, sql: "SELECT evidence, reader, stamp FROM loaded") {
        all[row["evidence"]] = (row["reader"], row["stamp"])
      }
      return all
    }
  }

  /// Forgets what was read from an item, so that it can be read again.
  public func unload(_ evidence: Int) throws {
    try queue.write { db in
      let tables =
        RecordType.all.map { "raw_\($0.name)" } + [
          "raw_host", "raw_plugin", "raw_scan_number", "raw_observation", "evidence_item",
          "collected",
          "diagnostic", "source_failure", "loaded",
        ]
      for table in tables {
        try db.execute(sql: "DELETE FROM \(table) WHERE evidence = ?", arguments: [evidence])
      }
      try db.execute(sql: "DELETE FROM meta WHERE key = 'derived'")
    }
  }

  /// Notes that the preserved bytes of an item are no longer those that were collected.
  public func markChanged(_ evidence: Int, found: Digest, _ diagnostic: Diagnostic) throws {
    try queue.write { db in
      try db.execute(
        sql: "UPDATE evidence_item SET sha256_found = ?, complete = 0 WHERE evidence = ?",
        arguments: [found.hex, evidence])
      try db.execute(
        sql: "UPDATE collected SET complete = 0 WHERE evidence = ?", arguments: [evidence])
      try db.execute(
        sql: "INSERT INTO diagnostic VALUES (?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          evidence, diagnostic.id, diagnostic.severity.rawValue, diagnostic.at, diagnostic.text,
          diagnostic.why, diagnostic.fix,
        ])
      try db.execute(sql: "DELETE FROM loaded WHERE evidence = ?", arguments: [evidence])
      try db.execute(sql: "DELETE FROM meta WHERE key = 'derived'")
    }
  }

  /// Everything that readers had to say, in the order of the evidence.
  public func diagnostics() throws -> [Diagnostic] {
    try queue.read { db in
      try Row.fetchAll(
        db, sql: "SELECT id, severity, at, text, why, fix FROM diagnostic ORDER BY evidence, rowid"
      ).map { row in
        Diagnostic(
          row["id"], Diagnostic.Severity(rawValue: row["severity"]) ?? .error, at: row["at"],
          row["text"], why: row["why"], fix: row["fix"])
      }
    }
  }

  /// The record types that some evidence speaks about.
  public func collectedTypes() throws -> Set<RecordType> {
    try queue.read { db in
      Set(
        try String.fetchAll(db, sql: "SELECT DISTINCT record_type FROM collected")
          .compactMap(RecordType.named))
    }
  }

  /// Notes a source that failed.
  public func load(failure entry: LedgerEntry) throws {
    guard case .failed(let error) = entry.kind else { return }
    try queue.write { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO source_failure VALUES (?, ?, ?, ?)",
        arguments: [
          entry.sequence, entry.provenance.source, entry.provenance.collectedAt.seconds, error,
        ])
      try db.execute(
        sql: "INSERT OR REPLACE INTO loaded VALUES (?, '', '')", arguments: [entry.sequence])
    }
  }

  /// Reads one item of evidence with a collector and stores what it says. All of it or nothing:
  /// when the program stops in between, the item is read again.
  ///
  /// - Parameters:
  ///   - collector: nil when no format recognises the evidence; then only the item is noted.
  ///   - refusal: why the item cannot be read at all.
  ///   - others: as of ``store(_:digestFound:reader:stamp:settled:progress:)``.
  @discardableResult
  public func load(
    _ item: EvidenceItem, with collector: (any Collector.Type)?, digestFound: Digest,
    reader: String, stamp: String, refusal: Diagnostic? = nil,
    settled: () throws -> Void = {}, progress: (Int) -> Void = { _ in }
  ) throws -> LoadedReading {
    try store(
      BegunReading(item, with: collector, refusal: refusal), digestFound: digestFound,
      reader: reader, stamp: stamp, settled: settled, progress: progress)
  }

  /// Stores what a reading gives, as it gives it. All of it or nothing.
  ///
  /// - Parameters:
  ///   - digestFound: SHA-256 of the bytes as they are on disk now.
  ///   - reader: how it is read: format, zone, options; another one makes it be read again.
  ///   - stamp: size and times of the preserved file, to notice that it was changed.
  ///   - settled: called when everything is stored and before it lasts; waits until the evidence
  ///     is preserved, and throws when that failed.
  ///   - progress: gets the number of records of each batch.
  @discardableResult
  public func store(
    _ begun: BegunReading, digestFound: Digest, reader: String, stamp: String,
    settled: () throws -> Void = {}, progress: (Int) -> Void = { _ in }
  ) throws -> LoadedReading {
    let item = begun.item
    let channel = begun.channel
    return try queue.write { db in
      let writer = RawWriter(db, item: item)
      do {
        while let batch = channel.next() {
          try writer.write(batch)
          progress(batch.reduce(0) { $0 + $1.count })
        }
      } catch {
        channel.abandon()
        throw error
      }
      let loaded = begun.outcome.wait()
      try writer.finish(loaded, format: begun.collector?.format ?? "", digestFound: digestFound)
      try db.execute(
        sql: "INSERT OR REPLACE INTO loaded VALUES (?, ?, ?)",
        arguments: [item.sequence, reader, stamp])
      try db.execute(sql: "DELETE FROM meta WHERE key = 'derived'")
      try settled()
      return loaded
    }
  }

  /// Makes the records from what was read: identifies hosts, resolves duplicates, follows
  /// findings from scan to scan.
  ///
  /// - Parameters:
  ///   - cutoff: as_of. Scans that ended at or after it prove nothing.
  ///   - aliases: other names of assets, from the configuration.
  public func derive(cutoff: Instant, aliases: [String: String]) throws {
    let state =
      "\(cutoff.iso8601) "
      + aliases.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    try queue.write { db in
      if try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'derived'") == state {
        return
      }
      for table in RecordType.all where table != .finding {
        try db.execute(sql: "DELETE FROM \(table.name)")
      }
      for table in [
        "finding_row", "finding_flat", "cve_number", "cve_outcome_row", "asset_number", "plugin",
        "host_identity", "host_ref",
        "host_alias",
      ] {
        try db.execute(sql: "DELETE FROM \(table)")
      }
      try Self.identify(db, aliases)
      for type in RecordType.all where type != .asset { try db.execute(sql: Schema.fill(type)) }
      try db.execute(sql: Schema.policiesOfAccounts)
      try db.execute(sql: Self.changesSQL)
      try db.execute(
        sql: """
          UPDATE host_sighting SET (asset_id, matched_by) = (
            SELECT i.asset_id, i.matched_by FROM host_identity i JOIN evidence_item e ON e.evidence = host_sighting.evidence
            WHERE i.source = e.source AND i.ref = host_sighting.ref)
          """)
      try db.execute(
        sql: Self.findingsSQL.replacing(":cutoff", with: String(cutoff.seconds)))
      try db.execute(
        sql: Self.reconciliationSQL.replacing(":cutoff", with: String(cutoff.seconds)))
      try db.execute(
        sql: "INSERT OR REPLACE INTO meta VALUES ('derived', ?)", arguments: [state])
    }
  }

  /// Fills the inventory and says which asset each name of each source means.
  private static func identify(_ db: Database, _ aliases: [String: String]) throws {
    for (name, asset) in aliases.sorted(by: { $0.key < $1.key }) {
      try db.execute(
        sql: "INSERT INTO host_alias VALUES (?, ?)", arguments: [name.lowercased(), asset])
    }
    try db.execute(sql: Schema.fill(.asset))
    try db.execute(
      sql:
        "INSERT OR IGNORE INTO host_ref SELECT e.source, h.ref FROM raw_host h JOIN evidence_item e USING (evidence)"
    )
    try db.execute(
      sql:
        "INSERT OR IGNORE INTO host_ref SELECT e.source, s.ref FROM raw_host_sighting s JOIN evidence_item e USING (evidence) WHERE s.ref IS NOT NULL"
    )
    for type in RecordType.all {
      for column in type.columns where column.kind == .host {
        try db.execute(
          sql: """
            INSERT OR IGNORE INTO host_ref SELECT DISTINCT e.source, r.\(column.name) FROM raw_\(type.name) r
            JOIN evidence_item e USING (evidence) WHERE r.\(column.name) IS NOT NULL
            """)
      }
    }
    try db.execute(sql: derivationSQL)
  }

  /// Runs a body with the identities of hosts as the evidence has them so far, and forgets them.
  public func identified<T>(
    aliases: [String: String], _ body: (Database) throws -> T
  ) throws -> T {
    try queue.writeWithoutTransaction { db in
      var result: T?
      try db.inTransaction {
        for table in ["asset", "host_identity", "host_ref", "host_alias"] {
          try db.execute(sql: "DELETE FROM \(table)")
        }
        try Self.identify(db, aliases)
        result = try body(db)
        return .rollback
      }
      guard let result else { throw Files.failure("reading failed", path) }
      return result
    }
  }

  private static let derivationSQL = String(
    decoding: PackageResources.Derivation_sql, as: UTF8.self)
  private static let changesSQL = String(decoding: PackageResources.Changes_sql, as: UTF8.self)
  private static let reconciliationSQL = String(
    decoding: PackageResources.Reconciliation_sql, as: UTF8.self)
  private static let findingsSQL = String(decoding: PackageResources.Findings_sql, as: UTF8.self)

  /// Writes the records that a package carries: the tables without the raw ones, the same bytes
  /// for the same records.
  public func export(to target: String) throws {
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "ATTACH ? AS package", arguments: [target])
      defer { try? db.execute(sql: "DETACH package") }
      // A file that is thrown away when anything fails needs no way back.
      for pragma in ["page_size = 4096", "journal_mode = OFF", "synchronous = OFF"] {
        try db.execute(sql: "PRAGMA package.\(pragma)")
      }
      // Deferred: the records themselves are only read, and others read them at the same time.
      try db.inTransaction(.deferred) {
        try Self.copyTables(db)
        return .commit
      }
    }
  }

  private static func copyTables(_ db: Database) throws {
    let statements = try Row.fetchAll(
      db,
      sql: """
        SELECT type, name, sql FROM main.sqlite_master
        WHERE sql IS NOT NULL AND name NOT LIKE 'raw_%' AND tbl_name NOT LIKE 'raw_%'
          AND tbl_name NOT IN ('meta', 'loaded', 'diagnostic', 'host_ref', 'host_alias')
        ORDER BY type = 'view', type = 'index', name
        """)
    for row in statements {
      let sql: String = row["sql"]
      let type: String = row["type"]
      let name: String = row["name"]
      let keyword = "CREATE \(type.uppercased()) "
      try db.execute(
        sql: sql.replacing(keyword + name, with: keyword + "package." + name, maxReplacements: 1))
      if type == "table" {
        // Without an order SQLite copies rows as they are, numbers included. Those of the tables
        // that are derived begin at 1 each time; these two keep holes where something was reread.
        let order = ["collected", "source_failure"].contains(name) ? "ORDER BY rowid" : ""
        try db.execute(sql: "INSERT INTO package.\(name) SELECT * FROM main.\(name) \(order)")
      }
    }
  }
}

/// What a reading came to, without its records.
public struct LoadedReading: Sendable {
  public let diagnostics: [Diagnostic]
  public let recordCount: Int
  public let observationCount: Int
  public let isComplete: Bool
  let provided: [String]
  let effectiveAt: Instant?
  let coversFrom: Instant?
  let coversTo: Instant?
  let reportedTotal: Int?
  let replacedBytes: Int

  init(_ reading: Reading) {
    diagnostics = reading.diagnostics
    recordCount = reading.recordCount
    observationCount = reading.observationCount
    isComplete = reading.isComplete
    provided = reading.provided.map(\.name).sorted()
    effectiveAt = reading.effectiveAt
    coversFrom = reading.coversFrom
    coversTo = reading.coversTo
    reportedTotal = reading.reportedTotal
    replacedBytes = reading.replacedBytes
  }
}
