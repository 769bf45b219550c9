import VouchModel

/// What a package shows of scanner, patch manager and live patcher: figures that were counted in
/// the records, the first rows of each list, and how to get the whole lists.
///
/// A pair is one CVE on one host. Nothing here grows with the number of pairs or hosts.
public struct PatchReconciliation: Sendable {
  /// Record types that some evidence speaks about: `scan`, `patch_event`, `live_patch`.
  public var collected: Set<String> = []
  /// Pairs by what became of them, what is open first.
  public var outcomes: [OutcomeCount] = []
  /// Pairs by how they stand to their deadline, from the most severe; the last row has them all.
  public var deadlines: [DeadlineCount] = []
  /// Pairs that no deadline is counted for, by the reason: `before`, `gone`, `out_of_scope`,
  /// `unseen`, `no_deadline`.
  public var leftOut: [(reason: String, count: Int)] = []
  /// Times from first sight to the proven fix, from the most severe; the last row has them all.
  public var times: [TimeToPatch] = []
  /// `vulnerability_gap_target_days`; nil when it is not set.
  public var gapTargetDays: Int?
  /// First rows of each list.
  public var examples: [String: [CVEOnHost]] = [:]
  public var fixedLate = FirstRows<CVEOnHost>()
  public var openLate = FirstRows<CVEOnHost>()
  public var tools: [ToolView] = []
  /// How many hosts the same tools know of.
  public var knowledge: [Knowledge] = []
  /// Hosts that one tool knows and another does not, by the kind of difference.
  public var differences: [(kind: String, hosts: FirstRows<String>)] = []
  public var identities: [IdentityCount] = []
  /// Machines that several sources know, with the name that each has for it.
  public var machines = FirstRows<IdentifiedMachine>()
  public var conflicts = FirstRows<Identity>()
  public var weakMatches = FirstRows<Identity>()
  public var unmatched = FirstRows<Identity>()
  public var services: [ServicePromises] = []
  public var restarts = FirstRows<PatchRestart>()
  /// `patch_deploy_days`: by when a patch has to be in place.
  public var deployDays: Int?

  public init() {}

  /// Outcomes on which the tools have different views, so that evidence stands beside evidence.
  public static let differing = [
    "reopened", "awaiting_reboot", "missing_in_patch_manager_only", "accepted_in_scanner",
    "clean_unproven", "live_patched",
  ]

  public var pairs: Int { outcomes.reduce(0) { $0 + $1.count } }
  /// Nothing was collected that these pages could speak of.
  public var isEmpty: Bool { collected.isEmpty && services.isEmpty && identities.isEmpty }
}

/// The first rows of a list, and how many it has.
public struct FirstRows<Row: Sendable>: Sendable {
  public var rows: [Row] = []
  public var total = 0

  public init(rows: [Row] = [], total: Int = 0) {
    self.rows = rows
    self.total = total
  }
}

/// The severities in which pairs are counted; unknown ones and ones without a rating together.
public enum PairSeverity: Int, CaseIterable, Sendable {
  case critical = 4
  case high = 3
  case medium = 2
  case low = 1
  case unrated = -1

  /// From the number of the records, where NULL, -1 and 0 are no rating.
  public init(rank: Int?) { self = rank.flatMap(PairSeverity.init(rawValue:)) ?? .unrated }

  public var name: String { "\(self)" }
}

/// How many pairs came out in one way.
public struct OutcomeCount: Sendable, Equatable {
  /// As the view `cve_outcome` has it.
  public let outcome: String
  public var bySeverity: [PairSeverity: Int]

  public init(outcome: String, bySeverity: [PairSeverity: Int]) {
    self.outcome = outcome
    self.bySeverity = bySeverity
  }

  public var count: Int { bySeverity.values.reduce(0, +) }
}

/// How many pairs of a severity kept their deadline.
public struct DeadlineCount: Sendable, Equatable {
  /// Nil: all of them.
  public let severity: PairSeverity?
  /// Days that are promised; nil for all.
  public let days: Int?
  /// Proven fixed in the period, by the deadline.
  public var kept = 0
  /// Proven fixed in the period, after it.
  public var late = 0
  /// Not proven fixed and past the deadline.
  public var openLate = 0
  /// Not proven fixed, the deadline is still to come.
  public var notDue = 0

  public init(severity: PairSeverity?, days: Int?) {
    self.severity = severity
    self.days = days
  }

  public var missed: Int { late + openLate }
  /// Kept of kept and missed, in percent; nil when neither is there.
  public var attainment: Double? {
    kept + missed == 0 ? nil : 100 * Double(kept) / Double(kept + missed)
  }
}

/// Time from first sight to the proven fix of the pairs of one severity.
public struct TimeToPatch: Sendable, Equatable {
  /// Upper ends, in days, of all ranges of the distribution but the last.
  public static let ranges = [7, 14, 30, 60, 90]

  /// Nil: all of them.
  public let severity: PairSeverity?
  /// Proven fixed in the period.
  public var closed = Times()
  /// Not proven fixed, aged to as_of.
  public var open = Times()

  public struct Times: Sendable, Equatable {
    public var count = 0
    /// Days; percentiles by nearest rank.
    public var mean: Double?
    public var median: Double?
    public var p75: Double?
    public var p90: Double?
    public var p95: Double?
    public var longest: Double?
    /// No longer than `gapTargetDays`.
    public var withinTarget: Int?
    /// Pairs in each of the ranges of ``TimeToPatch/ranges``, and above the last.
    public var distribution: [Int] = []

    public init() {}
  }

  public init(severity: PairSeverity?) { self.severity = severity }
}

/// A place in the preserved evidence.
public struct EvidencePlace: Sendable, Equatable {
  public let evidence: Int
  public let place: String

  public init(evidence: Int, place: String) {
    self.evidence = evidence
    self.place = place
  }
}

/// One CVE on one host, with what each of the tools says of it.
public struct CVEOnHost: Sendable, Equatable {
  public var host = ""
  public var cve = ""
  public var severity = PairSeverity.unrated
  public var outcome = ""
  /// `kept`, `late`, `open_late`, `not_due`, or why no deadline is counted.
  public var state = ""
  public var firstSeen: Instant?
  public var deadline: Instant?
  /// When the fix took effect, as the records prove it; nil while it is open.
  public var provenAt: Instant?
  public var scanner = Scanner()
  public var patchManager: PatchManager?
  public var livePatcher: LivePatcher?

  public struct Scanner: Sendable, Equatable {
    public var reported = false
    public var lastSeen: Instant?
    /// The end of the credentialed scan that no longer saw it.
    public var cleanSince: Instant?
    public var origin: EvidencePlace?

    public init() {}
  }

  public struct PatchManager: Sendable, Equatable {
    public var isMissing = false
    public var isAwaiting = false
    public var appliedAt: Instant?
    public var origin: EvidencePlace?

    public init() {}
  }

  public struct LivePatcher: Sendable, Equatable {
    public var state = ""
    public var isUpToDate: Bool?
    /// It keeps packages from the scanner's eyes.
    public var hidesPackages = false
    /// The fix is in the patch set that is loaded, and since when.
    public var since: Instant?
    public var origin: EvidencePlace?

    public init() {}
  }

  public init() {}

  /// Days between the deadline and the fix, or as_of.
  public func daysLate(asOf: Instant) -> Double? {
    guard let deadline else { return nil }
    let days = Double((provenAt ?? asOf).seconds - deadline.seconds) / 86400
    return days > 0 ? days : nil
  }
}

/// What one kind of tool knows of the machines.
public struct ToolView: Sendable, Equatable {
  /// `inventory`, `scanner`, `patch_manager`, `live_patcher`.
  public let tool: String
  public var sources: [String] = []
  public var lastEvidence: Instant?
  public var hosts = 0
  /// Of them not in the inventory.
  public var unlisted = 0
  /// Servers in scope and in use that it does not know.
  public var unknown = 0
  /// What it cannot see, with the number of hosts that this concerns; 0: holds for all.
  public var blindSpots: [(kind: String, hosts: Int)] = []

  public init(tool: String) { self.tool = tool }

  public static func == (a: ToolView, b: ToolView) -> Bool {
    (a.tool, a.sources, a.hosts, a.unlisted, a.unknown)
      == (b.tool, b.sources, b.hosts, b.unlisted, b.unknown)
      && a.lastEvidence == b.lastEvidence
      && a.blindSpots.map(\.kind) == b.blindSpots.map(\.kind)
      && a.blindSpots.map(\.hosts) == b.blindSpots.map(\.hosts)
  }
}

/// How many hosts exactly these tools know.
public struct Knowledge: Sendable, Equatable {
  /// Of `inventory`, `scanner`, `patch_manager`, `live_patcher`.
  public let tools: Set<String>
  public let hosts: Int

  public init(tools: Set<String>, hosts: Int) {
    self.tools = tools
    self.hosts = hosts
  }
}

/// A machine with the tools that know of it.
public struct KnownHost: Sendable, Equatable {
  public var host = ""
  public var isListed = false
  /// In scope, in use and a server: every tool should know it.
  public var isExpected = false
  public var isExcluded = false
  public var kind = ""
  public var service = ""
  public var retiredAt: Instant?
  public var scannedAt: Instant?
  public var isCredentialed: Bool?
  public var patchRecordAt: Instant?
  public var liveRecordAt: Instant?
  public var liveState = ""
  public var isLiveCurrent: Bool?
  public var hidesPackages = false

  public init() {}
}

/// How many names of one source were matched in one way.
public struct IdentityCount: Sendable, Equatable {
  public let source: String
  /// By what: `agent_id`, `fqdn`, `address`, …; `conflict`, and `none` when nothing matches.
  public let matchedBy: String
  public let count: Int

  public init(source: String, matchedBy: String, count: Int) {
    self.source = source
    self.matchedBy = matchedBy
    self.count = count
  }
}

/// A name under which a source knows a machine, and the asset that is meant.
public struct Identity: Sendable, Equatable {
  public let source: String
  public let name: String
  public let asset: String
  public let matchedBy: String
  /// Assets that the name fits, when it fits several.
  public let candidates: [String]

  public init(
    source: String, name: String, asset: String, matchedBy: String, candidates: [String]
  ) {
    self.source = source
    self.name = name
    self.asset = asset
    self.matchedBy = matchedBy
    self.candidates = candidates
  }

  /// How much a match of a kind proves.
  public enum Strength: String, CaseIterable, Sendable {
    /// An identifier of the machine itself, or its number in the inventory.
    case strong
    /// Stated in the configuration.
    case stated
    /// A name, which people may give again.
    case named
    /// An address, which another machine may have next week.
    case weak
    case conflict
    case none

    public init(matchedBy: String) {
      switch matchedBy {
      case "asset_id", "agent_id", "cloud_id": self = .strong
      case "alias": self = .stated
      case "fqdn", "hostname", "mac": self = .named
      case "address": self = .weak
      case "conflict": self = .conflict
      default: self = .none
      }
    }
  }
}

/// An asset with the names of all sources that were taken for it.
public struct IdentifiedMachine: Sendable, Equatable {
  public let asset: String
  public let names: [Identity]

  public init(asset: String, names: [Identity]) {
    self.asset = asset
    self.names = names
  }
}

/// A service with its two promises: to be up, and to be patched in time.
public struct ServicePromises: Sendable, Equatable {
  public let service: String
  /// Percent.
  public var target: Double?
  public var allowedMinutes: Double?
  public var restarts = 0
  /// Restarts that took the service down, or may have.
  public var costlyRestarts = 0
  /// Service minutes lost to restarts for patches; nil when one of them was not measured.
  public var lostMinutes: Double?
  public var budgetLeft: Double?
  /// Downtime of the period from all causes.
  public var downMinutes: Double?
  /// Uptime in percent: planned maintenance counted or left out, and each without the outages in
  /// which restarts for patches lie.
  public var uptimeCounted: Double?
  public var uptimeLeftOut: Double?
  public var uptimeCountedWithout: Double?
  public var uptimeLeftOutWithout: Double?
  /// Longest distance between two patch windows, in days.
  public var windowDistance: Double?
  /// Why both promises cannot be kept: `budget`, `calendar`, `monthly`; empty when they can, nil
  /// when the records do not tell.
  public var obstacles: [String]?
  /// Minutes a year that restarts would cost at the pace which the promise to patch asks for.
  public var minutesAYear: Double?
  public var allowedAYear: Double?

  public init(service: String) { self.service = service }
}

/// A restart of a host for a patch.
public struct PatchRestart: Sendable, Equatable {
  public var host = ""
  public var service = ""
  public var at: Instant?
  public var packages: [String] = []
  /// Service minutes lost; nil when nobody measured them.
  public var minutes: Double?
  /// `redundant`, `recorded`, `outage`, `unknown`: where the minutes come from.
  public var basis = ""
  public var isPlanned: Bool?
  public var origin: EvidencePlace?

  public init() {}
}

/// The whole lists, for workpapers: any number of rows, none held in memory.
public struct PatchLists: Sendable {
  /// Pairs that were fixed late or are open late.
  public let late: @Sendable (_ row: (CVEOnHost) throws -> Void) throws -> Void
  /// Pairs on which the tools have different views.
  public let views: @Sendable (_ row: (CVEOnHost) throws -> Void) throws -> Void
  public let hosts: @Sendable (_ row: (KnownHost) throws -> Void) throws -> Void
  public let identities: @Sendable (_ row: (Identity) throws -> Void) throws -> Void
  public let restarts: @Sendable (_ row: (PatchRestart) throws -> Void) throws -> Void

  public init(
    late: @escaping @Sendable (_ row: (CVEOnHost) throws -> Void) throws -> Void,
    views: @escaping @Sendable (_ row: (CVEOnHost) throws -> Void) throws -> Void,
    hosts: @escaping @Sendable (_ row: (KnownHost) throws -> Void) throws -> Void,
    identities: @escaping @Sendable (_ row: (Identity) throws -> Void) throws -> Void,
    restarts: @escaping @Sendable (_ row: (PatchRestart) throws -> Void) throws -> Void
  ) {
    self.late = late
    self.views = views
    self.hosts = hosts
    self.identities = identities
    self.restarts = restarts
  }
}

/// What the pages of scanner, patch manager and live patcher are made from.
public struct PatchMaterial: Sendable {
  public let reconciliation: PatchReconciliation
  public let lists: PatchLists

  public init(reconciliation: PatchReconciliation, lists: PatchLists) {
    self.reconciliation = reconciliation
    self.lists = lists
  }
}
