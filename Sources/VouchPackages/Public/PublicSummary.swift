import VouchModel

/// Everything the public page may say: the allow-list, as a type.
///
/// It has no field for a host, an address, a person, a finding, a deviation or an item, so no
/// template can print one (contract 2, promise 12; soc2-guide 8.3).
public struct PublicSummary: Sendable, Hashable {
  public struct Service: Sendable, Hashable {
    public let name: String
    public let description: String
    public let uptime: PublicFigure
    public let target: PublicFigure
    /// With planned work and unwatched time counted as downtime; nil when that is the same.
    public let gross: PublicFigure?
  }

  /// One line of a table by severity.
  public struct Row: Sendable, Hashable {
    public enum Subject: String, Sendable, CaseIterable {
      case all, critical, high, medium, low
    }
    public let subject: Subject
    public let figures: [PublicFigure]
  }

  public struct CategoryStatement: Sendable, Hashable {
    /// What is true of a category. There is no word for "met".
    public enum State: String, Sendable, CaseIterable {
      /// Every adopted control operated as described, and every criterion has one.
      case allOperated = "all_operated"
      /// As above for the category's own criteria, but not for the common ones, on which every
      /// category rests.
      case ownOperated = "own_operated"
      case notAll = "not_all"
      /// Every adopted control operated, but part of the criteria has no control.
      case partly = "partly_addressed"
      case noControls = "no_controls"
    }
    public let category: Category
    public let state: State
    /// Adopted controls, those out of scope left out.
    public let controls: Int
    public let operated: Int
    /// Some criterion of the category has no adopted control.
    public let hasGap: Bool
    /// Some control operated although single items deviated, within tolerance or under a waiver.
    public let hasTolerated: Bool
  }

  public struct Theme: Sendable, Hashable {
    public let title: String
    public let text: String
  }

  /// How planned work counts in uptime.
  public enum PlannedWork: Sendable, Hashable {
    case counts
    /// Announced so many hours before, it is left out.
    case leftOut(noticeHours: Int)
    case changed
  }

  public let organization: String
  public let system: String
  public let description: String
  public let boundaries: String
  public let language: String
  public let url: String
  public let categories: [CategoryStatement]
  public let services: [Service]
  /// Services in scope that are measured and not listed.
  public let hasMoreServices: Bool
  public let plannedWork: PlannedWork
  public let commitments: [String]
  public let themes: [Theme]
  /// Areas of adopted controls, `IAM`, when management names no themes.
  public let areas: [String]
  public let patching: [Row]
  public let remediation: [Row]
  public let tickets: [Row]
  public let coverage: [PublicFigure]
  /// Pairs of host and CVE: patched, live-patched, gone from the scan, not proven fixed.
  public let outcomes: [PublicFigure]
  public let contact: Publication.Contact?
  public let vulnerabilityReports: Publication.Contact?
  /// Nil when management entered none, it is not out yet, or is older than twelve months.
  public let report: Publication.Report?
  public let minimumCount: Int
  /// Local days, `2026-07-01`; the last day belongs to the period.
  public let firstDay: String
  public let lastDay: String
  /// The last day on which the page is valid.
  public let validUntil: String
  public let periodID: String
  /// SHA-256 of the private package's tag manifest.
  public let package: String
  /// False: the private package says INCOMPLETE on its first page.
  public let isComplete: Bool
  /// In which days begin and end.
  public let zone: Zone

  /// Id of the figures that say how many pairs of host and CVE came out in which way.
  public static let outcomes = "outcomes"

  /// Every figure of the page.
  public var figures: [PublicFigure] {
    services.flatMap { [$0.uptime, $0.target] + ($0.gross.map { [$0] } ?? []) }
      + [patching, remediation, tickets].flatMap { $0.flatMap(\.figures) } + outcomes + coverage
  }
}

/// A figure as it may be shown: exact, only as a bound, or not at all.
public struct PublicFigure: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    case exact(Double)
    /// More than this: the exact figure would tell a count below the minimum.
    case moreThan(Double)
    /// Rests on fewer things than the minimum.
    case withheld
    /// Not measured in this period.
    case missing

    public var word: String {
      switch self {
      case .exact: "exact"
      case .moreThan: "more_than"
      case .withheld: "withheld"
      case .missing: "not_measured"
      }
    }

    public var value: Double? {
      switch self {
      case .exact(let x), .moreThan(let x): x
      case .withheld, .missing: nil
      }
    }
  }

  public enum Unit: String, Sendable { case percent, days, items }

  /// Stable: `f-patching-critical-median`.
  public let id: String
  public let unit: Unit
  public let state: State

  public init(_ id: String, _ unit: Unit, _ state: State) {
    self.id = id
    self.unit = unit
    self.state = state
  }

  /// As programs read it: plain digits, a point, at most three decimals; empty when not shown.
  public var value: String {
    guard let value = state.value else { return "" }
    let scaled = Int64((value * 1000).rounded())
    let digits = String(scaled.magnitude)
    let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    var fraction = padded.suffix(3)
    while fraction.last == "0" { fraction.removeLast() }
    let whole = padded.dropLast(3)
    return (scaled < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : ".\(fraction)")
  }
}

/// A figure of the package: one row of `kpis` in its `check.json`, or the same computed again.
public struct PackageFigure: Sendable, Hashable {
  public let id: String
  public let subject: String
  public let measure: String
  public let value: Double?
  public let target: Double?

  public init(id: String, subject: String, measure: String, value: Double?, target: Double?) {
    self.id = id
    self.subject = subject
    self.measure = measure
    self.value = value
    self.target = target
  }
}
