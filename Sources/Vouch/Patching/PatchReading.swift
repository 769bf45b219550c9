import GRDB
import VouchControls
import VouchModel
import VouchPackages
import VouchStore

extension Workspace {
  /// What the pages of scanner, patch manager and live patcher show, from a connection of its own.
  func patchMaterial(_ records: RecordsDatabase, _ assessment: Assessment) throws -> PatchMaterial {
    let reader = try records.reader()
    let uptime = library.kpis.first { $0.id == "K1" }
    let reconciliation = try reader.writeWithoutTransaction { db in
      let evaluator = Evaluator(
        db, engagement: assessment.engagement, period: assessment.period, asOf: assessment.asOf)
      return try evaluator.inContext { db in
        try PatchReading(db).reconciliation(assessment, evaluator, uptime: uptime)
      }
    }
    let lists = PatchLists(
      late: { row in
        try reader.writeWithoutTransaction { try PatchReading($0).late(row) }
      },
      views: { row in
        try reader.writeWithoutTransaction { try PatchReading($0).views(row) }
      },
      hosts: { row in
        try reader.writeWithoutTransaction {
          try PatchReading($0).hosts("1 ORDER BY asset_id", row)
        }
      },
      identities: { row in
        try reader.writeWithoutTransaction { try PatchReading($0).identities("1", row) }
      },
      restarts: { row in
        try reader.writeWithoutTransaction { try PatchReading($0).restarts("", row) }
      })
    return PatchMaterial(reconciliation: reconciliation, lists: lists)
  }
}

/// Counts and lists on one connection to the records, on which the tables of the period are made.
struct PatchReading {
  let db: Database
  /// Rows of a list that a page shows; the rest is in the workpaper.
  static let most = 100
  /// Examples of an outcome that a page shows.
  static let mostExamples = 8

  init(_ db: Database) { self.db = db }

  func reconciliation(
    _ assessment: Assessment, _ evaluator: Evaluator, uptime: KPIFile?
  ) throws -> PatchReconciliation {
    try db.execute(sql: PairSQL.prepare)
    try db.execute(sql: PairSQL.prepareViews)
    try db.execute(sql: HostSQL.prepare)
    try db.execute(sql: RestartSQL.prepare)
    var all = PatchReconciliation()
    all.collected = Set(
      try String.fetchAll(
        db,
        sql:
          "SELECT DISTINCT record_type FROM collected WHERE record_type IN ('scan', 'patch_event', 'live_patch')"
      ))
    all.gapTargetDays = try policy("vulnerability_gap_target_days")
    all.deployDays = try policy("patch_deploy_days")
    try pairs(into: &all)
    try machines(into: &all)
    try names(into: &all)
    all.services = try services(assessment, evaluator, uptime, deployDays: all.deployDays)
    all.restarts.total =
      try Int.fetchOne(db, sql: "SELECT count(*) FROM patch_restart") ?? 0
    try restarts("LIMIT \(Self.most)") { all.restarts.rows.append($0) }
    return all
  }

  private func policy(_ name: String) throws -> Int? {
    try Double.fetchOne(
      db, sql: "SELECT value FROM parameter WHERE name = ? AND key = ''", arguments: [name]
    ).map { Int($0) }
  }

  static func instant(_ row: Row, _ column: String) -> Instant? {
    (row[column] as Int64?).map(Instant.init(seconds:))
  }

  static func origin(_ row: Row, _ evidence: String, _ place: String) -> EvidencePlace? {
    (row[evidence] as Int?).map { EvidencePlace(evidence: $0, place: row[place] ?? "") }
  }
}
