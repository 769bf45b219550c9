import VouchModel

@testable import VouchPackages

/// A story of scanner, patch manager and live patcher with every outcome, every kind of difference
/// and names as hostile as exports have them.
enum PatchSample {
  static let outcomes = [
    "open", "reopened", "awaiting_reboot", "missing_in_patch_manager_only", "accepted_in_scanner",
    "clean_unproven", "live_patched", "patched", "fixed_by_scan_only", "asset_retired",
  ]

  static var material: PatchMaterial {
    PatchMaterial(
      reconciliation: story,
      lists: PatchLists(
        late: { row in for pair in pairs where pair.state.hasSuffix("late") { try row(pair) } },
        views: { row in
          for pair in pairs where PatchReconciliation.differing.contains(pair.outcome) {
            try row(pair)
          }
        },
        hosts: { row in for host in hosts { try row(host) } },
        identities: { row in for identity in identities { try row(identity) } },
        restarts: { row in for restart in restarts { try row(restart) } }))
  }

  static var pairs: [CVEOnHost] {
    outcomes.enumerated().map { index, outcome in
      var pair = CVEOnHost()
      pair.host = index == 0 ? Sample.hostile : "srv-\(index)"
      pair.cve = "CVE-2026-\(1000 + index)"
      pair.severity = index % 2 == 0 ? .critical : .high
      pair.outcome = outcome
      pair.state = index % 3 == 0 ? "open_late" : index % 3 == 1 ? "late" : "kept"
      pair.firstSeen = Sample.at(2026, 7, 5)
      pair.deadline = Sample.at(2026, 7, 12)
      pair.provenAt = index % 3 == 0 ? nil : Sample.at(2026, 7, 15 + index)
      pair.scanner.reported = outcome != "missing_in_patch_manager_only"
      pair.scanner.lastSeen = Sample.at(2026, 7, 20)
      pair.scanner.cleanSince = index > 4 ? Sample.at(2026, 7, 27) : nil
      pair.scanner.origin = EvidencePlace(evidence: 1, place: "L\(index + 3)")
      if index % 2 == 0 {
        var patch = CVEOnHost.PatchManager()
        patch.isMissing = index == 0
        patch.isAwaiting = outcome == "awaiting_reboot"
        patch.appliedAt = Sample.at(2026, 7, 16)
        patch.origin = EvidencePlace(evidence: 2, place: "R4")
        pair.patchManager = patch
      }
      if index > 3 {
        var live = CVEOnHost.LivePatcher()
        live.state = index == 4 ? "unpatched" : "applied"
        live.isUpToDate = index != 5
        live.hidesPackages = outcome == "clean_unproven"
        live.since = outcome == "live_patched" ? Sample.at(2026, 7, 9) : nil
        live.origin = EvidencePlace(evidence: 99, place: "R1")
        pair.livePatcher = live
      }
      return pair
    }
  }

  static var hosts: [KnownHost] {
    [Sample.hostile, "srv-1"].map {
      var host = KnownHost()
      host.host = $0
      host.isListed = $0 == "srv-1"
      host.scannedAt = Sample.at(2026, 9, 27)
      return host
    }
  }

  static var identities: [Identity] {
    [
      Identity(
        source: "nessus", name: Sample.hostile, asset: "", matchedBy: "conflict",
        candidates: ["srv-1", "srv-2"]),
      Identity(
        source: "nessus", name: "10.0.0.7", asset: "srv-3", matchedBy: "address", candidates: []),
      Identity(
        source: "ivanti", name: "WEB-01", asset: "srv-1", matchedBy: "hostname", candidates: []),
      Identity(source: "ivanti", name: "stray", asset: "", matchedBy: "none", candidates: []),
    ]
  }

  static var restarts: [PatchRestart] {
    ["redundant", "recorded", "outage", "unknown"].enumerated().map { index, basis in
      var restart = PatchRestart()
      restart.host = "srv-\(index)"
      restart.service = "shop"
      restart.at = Sample.at(2026, 8, 9, 3)
      restart.packages = ["linux", Sample.hostile]
      restart.minutes = basis == "unknown" ? nil : Double(index * 5)
      restart.basis = basis
      restart.isPlanned = index == 0 ? nil : index == 1
      restart.origin = EvidencePlace(evidence: 2, place: "R\(index + 2)")
      return restart
    }
  }

  static var story: PatchReconciliation {
    var story = PatchReconciliation()
    story.collected = ["scan", "patch_event", "live_patch"]
    story.outcomes = outcomes.enumerated().map {
      OutcomeCount(outcome: $1, bySeverity: [.critical: 1200 * $0, .high: 3, .unrated: 1])
    }
    var critical = DeadlineCount(severity: .critical, days: 7)
    critical.kept = 70
    critical.late = 4
    critical.openLate = 2
    var all = DeadlineCount(severity: nil, days: nil)
    (all.kept, all.late, all.openLate, all.notDue) = (270, 4, 250, 21)
    story.deadlines = [critical, all]
    story.leftOut = ["before", "gone", "out_of_scope", "unseen", "no_deadline"].map { ($0, 5) }
    var time = TimeToPatch(severity: nil)
    time.closed.count = 200
    time.closed.mean = 17.94
    time.closed.median = 14
    time.closed.withinTarget = 190
    time.closed.distribution = [90, 60, 40, 10, 0, 0]
    time.open.count = 44
    time.open.distribution = [0, 0, 20, 17, 6, 1]
    story.times = [time]
    story.gapTargetDays = 30
    story.deployDays = 30
    for pair in pairs { story.examples[pair.outcome] = [pair] }
    story.fixedLate = FirstRows(rows: pairs.filter { $0.state == "late" }, total: 4)
    story.openLate = FirstRows(rows: pairs.filter { $0.state == "open_late" }, total: 250)
    for name in ["inventory", "scanner", "patch_manager", "live_patcher"] {
      var tool = ToolView(tool: name)
      tool.sources = ["registers", "nessus"]
      tool.hosts = 40
      tool.blindSpots = [("scanner_hidden", 2), ("live_patcher_kernel", 0)]
      tool.lastEvidence = Sample.at(2026, 9, 27)
      story.tools.append(tool)
    }
    story.knowledge = [
      Knowledge(tools: ["inventory", "scanner"], hosts: 38),
      Knowledge(tools: ["scanner"], hosts: 1),
    ]
    story.differences = [
      "unlisted", "not_scanned", "uncredentialed", "no_patch_record", "not_live_patched",
      "live_stale", "hidden_packages", "after_retirement",
    ].map { ($0, FirstRows(rows: [Sample.hostile, "srv-1"], total: 1500)) }
    story.identities = identities.map {
      IdentityCount(source: $0.source, matchedBy: $0.matchedBy, count: 7)
    }
    story.conflicts = FirstRows(rows: [identities[0]], total: 1)
    story.weakMatches = FirstRows(rows: [identities[1]], total: 1)
    story.unmatched = FirstRows(rows: [identities[3]], total: 120)
    story.machines = FirstRows(
      rows: [IdentifiedMachine(asset: "srv-1", names: identities)], total: 300)
    story.services = services
    story.restarts = FirstRows(rows: restarts, total: restarts.count)
    return story
  }

  private static var services: [ServicePromises] {
    let obstacles: [[String]?] = [[], ["budget", "calendar", "monthly"], nil]
    return zip(["api", "shop", Sample.hostile], obstacles).map { name, obstacles in
      var service = ServicePromises(service: name)
      service.target = 99.99
      service.allowedMinutes = 13.248
      service.restarts = 3
      service.costlyRestarts = 2
      service.lostMinutes = obstacles == nil ? nil : 15
      service.budgetLeft = obstacles == nil ? nil : -1.752
      service.downMinutes = 20
      service.uptimeCounted = 99.9849
      service.uptimeLeftOut = 99.9969
      service.uptimeCountedWithout = 100
      service.uptimeLeftOutWithout = 99.99699
      service.windowDistance = 42
      service.minutesAYear = 97.5
      service.allowedAYear = 52.56
      service.obstacles = obstacles
      return service
    }
  }
}
