import Foundation
import GRDB
import Testing
import VouchModel
import VouchPackages

@testable import Vouch

/// The figures on the pages of scanner, patch manager and live patcher, counted in the records of
/// the made-up company and held against what else is known of it.
@Suite struct PatchReadingTests {
  private struct Read {
    let assessment: Assessment
    let material: PatchMaterial
    /// `cve_outcome` by state of its deadline, worked out here again.
    let states: [String: Int]
  }

  /// Made once: it takes seconds.
  private static let once = Result { () throws -> Read in
    let folder = NSTemporaryDirectory() + "vouch-patching-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try Workspace.demo(folder, hosts: 42)
    let workspace = try Workspace(path: folder)
    var material: PatchMaterial?
    var states: [String: Int] = [:]
    let assessment = try workspace.assess(
      period: workspace.configuration.period, asOf: nil, progress: { _ in }
    ) { assessment, _, records, _ in
      material = try workspace.patchMaterial(records, assessment)
      // Lists are read while the records are there.
      if let made = material { material = try Self.held(made) }
      states = try Self.states(records.reader(), assessment)
    }
    return Read(
      assessment: assessment, material: try #require(material), states: states)
  }

  /// The lists in memory, since the records go with their folder.
  private static func held(_ material: PatchMaterial) throws -> PatchMaterial {
    var late: [CVEOnHost] = []
    var views: [CVEOnHost] = []
    var hosts: [KnownHost] = []
    var identities: [Identity] = []
    var restarts: [PatchRestart] = []
    try material.lists.late { late.append($0) }
    try material.lists.views { views.append($0) }
    try material.lists.hosts { hosts.append($0) }
    try material.lists.identities { identities.append($0) }
    try material.lists.restarts { restarts.append($0) }
    let all = (late, views, hosts, identities, restarts)
    return PatchMaterial(
      reconciliation: material.reconciliation,
      lists: PatchLists(
        late: { for row in all.0 { try $0(row) } }, views: { for row in all.1 { try $0(row) } },
        hosts: { for row in all.2 { try $0(row) } },
        identities: { for row in all.3 { try $0(row) } },
        restarts: { for row in all.4 { try $0(row) } }))
  }

  /// The rule of the clock once more, in Swift.
  private static func states(
    _ reader: DatabaseQueue, _ assessment: Assessment
  ) throws -> [String: Int] {
    let days = ["critical": 7.0, "high": 30, "medium": 90, "low": 180]
    let asOf = assessment.asOf.seconds
    var states: [String: Int] = [:]
    let rows = try reader.read { db in
      try Row.fetchAll(
        db,
        sql:
          "SELECT o.*, a.asset_id IS NOT NULL AND a.in_scope AS counts FROM cve_outcome o LEFT JOIN asset a USING (asset_id)"
      )
    }
    for row in rows {
      let outcome: String = row["outcome"]
      var fixed: Int64? = row["fixed_at"]
      if outcome == "clean_unproven" { fixed = nil }
      let limit = days[row["severity"]]
      let deadline = limit.map { (row["first_seen"] as Int64) + Int64($0 * 86400) }
      let state: String
      if !(row["counts"] as Bool) {
        state = "out_of_scope"
      } else if !(row["seen_by"] as String).contains("scanner") {
        state = "unseen"
      } else if outcome == "asset_retired" {
        state = "gone"
      } else if let fixed, fixed < assessment.period.start.seconds {
        state = "before"
      } else if let deadline {
        state =
          fixed.map { $0 <= deadline ? "kept" : "late" }
          ?? (deadline < asOf ? "open_late" : "not_due")
      } else {
        state = "no_deadline"
      }
      states[state, default: 0] += 1
    }
    return states
  }

  private var story: PatchReconciliation {
    get throws { try Self.once.get().material.reconciliation }
  }

  @Test func outcomesAreThoseThatCheckPrints() throws {
    let read = try Self.once.get()
    let printed = read.assessment.tools.outcomes
    let outcomes = try story.outcomes
    #expect(outcomes.map { $0.outcome } == printed.map { $0.name })
    #expect(outcomes.map { $0.count } == printed.map { $0.count })
    #expect(outcomes.count == ToolReconciliation.Outcome.words.count)
  }

  @Test func everyPairIsCountedOnceAndByTheClocksRule() throws {
    let read = try Self.once.get()
    let all = try #require(try story.deadlines.last)
    #expect(all.severity == nil)
    var counted: [String: Int] = [
      "kept": all.kept, "late": all.late, "open_late": all.openLate, "not_due": all.notDue,
    ]
    for (reason, count) in try story.leftOut { counted[reason] = count }
    #expect(counted == read.states)
    let pairs = try story.pairs
    #expect(counted.values.reduce(0, +) == pairs)
    let parts = try story.deadlines.filter { $0.severity != nil }
    #expect(parts.reduce(0) { $0 + $1.kept } == all.kept)
    #expect(parts.map { $0.days } == [7, 30, 90, 180])
  }

  @Test func whatIsNotProvenCountsAsOpen() throws {
    let unproven = try #require(try story.examples["clean_unproven"])
    #expect(!unproven.isEmpty)
    for pair in unproven {
      #expect(pair.provenAt == nil)
      #expect(pair.scanner.cleanSince != nil)
      #expect(pair.livePatcher?.hidesPackages == true)
    }
    let accepted = try #require(try story.examples["accepted_in_scanner"]?.first)
    #expect(accepted.provenAt == nil && accepted.state == "not_due")
  }

  @Test func eachOutcomeHasItsEvidenceBesideIt() throws {
    for outcome in try story.outcomes {
      let rows = try #require(try story.examples[outcome.outcome])
      #expect(rows.count == min(outcome.count, PatchReading.mostExamples), "\(outcome.outcome)")
      for row in rows {
        #expect(
          row.scanner.origin != nil || row.patchManager?.origin != nil, "\(outcome.outcome)")
      }
    }
    let live = try #require(try story.examples["live_patched"]?.first)
    #expect(live.livePatcher?.since != nil && live.livePatcher?.origin != nil)
    let missing = try #require(try story.examples["missing_in_patch_manager_only"]?.first)
    #expect(missing.cve == "CVE-2026-49001" && missing.patchManager?.isMissing == true)
  }

  @Test func theListsOfWhatIsLateAreWhole() throws {
    let read = try Self.once.get()
    var states: [String: Int] = [:]
    try read.material.lists.late { states[$0.state, default: 0] += 1 }
    #expect(states["late"] == read.states["late"])
    #expect(states["open_late"] == read.states["open_late"])
    #expect(try story.fixedLate.total == read.states["late"])
    #expect(try story.openLate.rows.count == read.states["open_late"])
    for pair in try story.fixedLate.rows {
      #expect((pair.daysLate(asOf: read.assessment.asOf) ?? 0) > 0)
    }
  }

  @Test func percentilesLieBetweenTheLeastAndTheMost() throws {
    let all = try #require(try story.times.last)
    #expect(all.severity == nil)
    let closed = all.closed
    let all5 = [closed.median, closed.p75, closed.p90, closed.p95, closed.longest]
    let order = all5.compactMap { $0 }
    #expect(order.count == 5 && order == order.sorted())
    #expect(closed.distribution.reduce(0, +) == closed.count)
    #expect(all.open.distribution.reduce(0, +) == all.open.count)
    let rows = try #require(try story.deadlines.last)
    #expect(closed.count == rows.kept + rows.late)
    #expect(all.open.count == rows.openLate + rows.notDue)
  }

  @Test func toolsAreHeldAgainstTheAssetList() throws {
    let tools = try story.tools
    #expect(tools.map { $0.tool } == ["inventory", "scanner", "patch_manager", "live_patcher"])
    #expect(tools[1].unlisted == 1)
    let kinds = try Dictionary(
      story.differences.map { ($0.kind, $0.hosts.rows) }, uniquingKeysWith: { a, _ in a })
    #expect(kinds["unlisted"] == ["10.20.9.77"])
    #expect(kinds["uncredentialed"] == ["srv-0039", "srv-0040"])
    #expect(kinds["hidden_packages"] == ["srv-0003", "srv-0023"])
    #expect(kinds["after_retirement"] == nil)
    #expect(try story.knowledge.reduce(0) { $0 + $1.hosts } == 42)
  }

  @Test func anAddressAloneIsAWeakMatchAndSaidInDiagnostics() throws {
    let weak = try story.weakMatches
    #expect(weak.total == 1)
    #expect(weak.rows.map { $0.source } == ["openvas"])
    #expect(try story.conflicts.total == 0)
    let read = try Self.once.get()
    #expect(read.assessment.diagnostics.map { $0.id }.contains("identity.weak"))
    #expect(!read.assessment.diagnostics.map { $0.id }.contains("identity.conflict"))
  }

  /// The minutes of the list add up to K10's, and uptime is K1's rule on both sides.
  @Test func minutesAndUptimeAreThoseOfTheKPIs() throws {
    let read = try Self.once.get()
    func value(_ kpi: String, _ service: String, _ measure: String) -> Double? {
      let figures = read.assessment.kpis.first { $0.id == kpi }?.figures ?? []
      return figures.first { $0.subject == service && $0.measure == measure }?.value
    }
    var lost: [String: Double] = [:]
    try read.material.lists.restarts { restart in
      lost[restart.service, default: 0] += restart.minutes ?? 1e9
    }
    for service in try story.services {
      let name = service.service
      #expect(lost[name] == value("K10", name, "lost to patch restarts"), "\(name)")
      // The company counts planned maintenance as downtime.
      #expect(service.uptimeCounted == value("K1", name, "uptime"), "\(name)")
      #expect((service.uptimeCountedWithout ?? 0) >= (service.uptimeCounted ?? 101), "\(name)")
    }
    let ledger = try #require(try story.services.first { $0.service == "ledger" })
    #expect(ledger.lostMinutes == 30 && ledger.costlyRestarts == 1)
    #expect(ledger.uptimeCountedWithout == 100)
    #expect(ledger.obstacles == ["calendar"])
    #expect(ledger.windowDistance == 42)
    let others = try story.services.filter { $0.service != "ledger" }
    #expect(others.allSatisfy { $0.obstacles == [] })
  }
}
