/// True, false (a deviation) or unknown: SQL's three-valued logic is the rule.
public enum Truth: String, Sendable, Hashable {
  case `true`, `false`, unknown
}

/// An attribute's count over the population.
public struct AttributeCount: Hashable, Sendable {
  public let attribute: Control.Attribute
  public var `true`: Int
  public var `false`: Int
  public var unknown: Int

  public init(attribute: Control.Attribute, true: Int, false: Int, unknown: Int) {
    self.attribute = attribute
    self.true = `true`
    self.false = `false`
    self.unknown = unknown
  }
}

/// An item that is false or unknown on one attribute.
public struct ItemResult: Hashable, Sendable {
  /// The item's key, its parts joined by `|`.
  public let item: String
  /// The attribute's letter.
  public let attribute: String
  public let result: Truth
  /// The attribute decides the verdict.
  public let decides: Bool
  /// Id of the waiver in force; the real result stands beside it.
  public let waiver: String?
  /// Row of `evidence_item` and place in it; nil when the item has no single origin.
  public let evidence: Int?
  public let place: String

  public init(
    item: String, attribute: String, result: Truth, decides: Bool, waiver: String?,
    evidence: Int?, place: String
  ) {
    self.item = item
    self.attribute = attribute
    self.result = result
    self.decides = decides
    self.waiver = waiver
    self.evidence = evidence
    self.place = place
  }
}

/// A difference between the population and its second source.
public struct Difference: Hashable, Sendable {
  public let item: String
  public let text: String
  /// Why management says it is in order; nil when nobody explained it.
  public let explanation: String?

  public init(item: String, text: String, explanation: String?) {
    self.item = item
    self.text = text
    self.explanation = explanation
  }
}

/// A span of the period with its evidence. Half-open.
public struct CoverageSpan: Hashable, Sendable {
  public enum State: String, Sendable {
    case covered
    /// Further from evidence than the control allows.
    case gap
    /// After `as_of`.
    case future
  }
  public let from: Instant
  public let to: Instant
  public let state: State

  public init(from: Instant, to: Instant, state: State) {
    self.from = from
    self.to = to
    self.state = state
  }
}

/// Something that keeps a control from passing, or soon will, and what can be done about it.
public struct Gap: Hashable, Sendable {
  public let text: String
  public let action: String
  public let owner: String
  /// When it has to be done to count; nil when there is no date.
  public let due: Instant?
  /// False when the moment has passed: then only disclosure is left.
  public let isRecoverable: Bool

  public init(text: String, action: String, owner: String, due: Instant?, isRecoverable: Bool) {
    self.text = text
    self.action = action
    self.owner = owner
    self.due = due
    self.isRecoverable = isRecoverable
  }
}

/// What one evaluation of one control over one slice of the period found.
///
/// A slice is the whole period, unless a parameter that the control uses changed inside it.
public struct SliceResult: Hashable, Sendable {
  public let slice: Period
  public let verdict: Verdict
  public let reason: String
  public let population: Int
  /// Items with a false deciding attribute that no waiver covers.
  public let deviations: Int
  /// Items without a deviation that have an unknown deciding attribute.
  public let unknown: Int
  /// Items whose false deciding attributes are all covered by a waiver.
  public let waived: Int
  public let attributes: [AttributeCount]
  public let items: [ItemResult]
  /// Counts of the population and of its second source, when the control compares them.
  public let reconciled: (population: Int, second: Int)?
  public let differences: [Difference]
  public let coverage: [CoverageSpan]
  /// Why the population is not known to be complete; empty when it is.
  public let incompleteness: [String]
  /// Parameters in force: name, key (empty for a plain one) and value.
  public let parameters: [(name: String, key: String, value: String)]

  public init(
    slice: Period, verdict: Verdict, reason: String, population: Int, deviations: Int,
    unknown: Int, waived: Int, attributes: [AttributeCount], items: [ItemResult],
    reconciled: (population: Int, second: Int)?, differences: [Difference],
    coverage: [CoverageSpan], incompleteness: [String],
    parameters: [(name: String, key: String, value: String)]
  ) {
    self.slice = slice
    self.verdict = verdict
    self.reason = reason
    self.population = population
    self.deviations = deviations
    self.unknown = unknown
    self.waived = waived
    self.attributes = attributes
    self.items = items
    self.reconciled = reconciled
    self.differences = differences
    self.coverage = coverage
    self.incompleteness = incompleteness
    self.parameters = parameters
  }

  public static func == (a: SliceResult, b: SliceResult) -> Bool {
    a.slice == b.slice && a.verdict == b.verdict && a.reason == b.reason
      && a.population == b.population && a.attributes == b.attributes && a.items == b.items
      && a.differences == b.differences && a.coverage == b.coverage
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(slice)
    hasher.combine(verdict)
    hasher.combine(population)
  }
}

/// What management's evaluation of one adopted control comes to.
public struct Conclusion: Hashable, Sendable {
  public let control: Control
  /// Name of the person who answers for the control.
  public let owner: String
  /// In the order of time; empty when the control is scoped out.
  public let slices: [SliceResult]
  public let verdict: Verdict
  public let reason: String
  public let gaps: [Gap]
  /// Evidence rows that the population, its attributes and its second source were read from.
  public let evidence: [Int]
  /// Management's response to the deviations: text of a named person, from `vouch.yaml`.
  public let response: String

  public init(
    control: Control, owner: String, slices: [SliceResult], verdict: Verdict, reason: String,
    gaps: [Gap], evidence: [Int], response: String = ""
  ) {
    self.control = control
    self.owner = owner
    self.slices = slices
    self.verdict = verdict
    self.reason = reason
    self.gaps = gaps
    self.evidence = evidence
    self.response = response
  }

  public var population: Int { slices.reduce(0) { $0 + $1.population } }
  public var deviations: Int { slices.reduce(0) { $0 + $1.deviations } }
  public var unknown: Int { slices.reduce(0) { $0 + $1.unknown } }
  public var waived: Int { slices.reduce(0) { $0 + $1.waived } }
  /// All items that are false or unknown, in the order of slice, item and attribute.
  public var items: [ItemResult] { slices.flatMap(\.items) }
  public var differences: [Difference] { slices.flatMap(\.differences) }
  public var coverage: [CoverageSpan] { slices.flatMap(\.coverage) }

  /// Counts per attribute over all slices.
  public var attributes: [AttributeCount] {
    control.attributes.map { attribute in
      let counts = slices.flatMap(\.attributes).filter { $0.attribute.key == attribute.key }
      return AttributeCount(
        attribute: attribute, true: counts.reduce(0) { $0 + $1.true },
        false: counts.reduce(0) { $0 + $1.false }, unknown: counts.reduce(0) { $0 + $1.unknown })
    }
  }
}

/// A criterion's summary: the worst verdict of the adopted controls that address it.
public struct CriterionResult: Hashable, Sendable {
  public let criterion: Criterion
  public let controls: [String]
  /// A criterion that no adopted control addresses has insufficient evidence.
  public let verdict: Verdict
  /// False when none of the report's categories needs it.
  public let isInScope: Bool

  public init(criterion: Criterion, controls: [String], verdict: Verdict, isInScope: Bool) {
    self.criterion = criterion
    self.controls = controls
    self.verdict = verdict
    self.isInScope = isInScope
  }
}

/// One figure of a KPI.
public struct KPIFigure: Hashable, Sendable {
  /// `K1`.
  public let id: String
  /// Service, severity or scope the figure is about.
  public let subject: String
  /// What is measured, when a KPI has several figures: `gross`, `median`.
  public let measure: String
  /// Nil: not available; never zero.
  public let value: Double?
  public let unit: String
  public let target: Double?
  public let meets: Bool?

  public init(
    id: String, subject: String, measure: String, value: Double?, unit: String, target: Double?,
    meets: Bool?
  ) {
    self.id = id
    self.subject = subject
    self.measure = measure
    self.value = value
    self.unit = unit
    self.target = target
    self.meets = meets
  }
}

/// A KPI with its method in words and its figures.
public struct KPIResult: Hashable, Sendable {
  public let id: String
  public let title: String
  public let method: String
  public let sql: String
  public let figures: [KPIFigure]
  /// Why there are none or they are not complete.
  public let note: String

  public init(
    id: String, title: String, method: String, sql: String, figures: [KPIFigure], note: String
  ) {
    self.id = id
    self.title = title
    self.method = method
    self.sql = sql
    self.figures = figures
    self.note = note
  }
}

/// One item of evidence as the records know it.
public struct EvidenceRow: Hashable, Sendable {
  public let evidence: Int
  public let digest: Digest
  public let size: Int
  public let provenance: Provenance
  public let format: String
  public let effectiveAt: Instant?
  public let coversFrom: Instant?
  public let coversTo: Instant?
  public let recordCount: Int
  public let reportedTotal: Int?
  public let isComplete: Bool

  public init(
    evidence: Int, digest: Digest, size: Int, provenance: Provenance, format: String,
    effectiveAt: Instant?, coversFrom: Instant?, coversTo: Instant?, recordCount: Int,
    reportedTotal: Int?, isComplete: Bool
  ) {
    self.evidence = evidence
    self.digest = digest
    self.size = size
    self.provenance = provenance
    self.format = format
    self.effectiveAt = effectiveAt
    self.coversFrom = coversFrom
    self.coversTo = coversTo
    self.recordCount = recordCount
    self.reportedTotal = reportedTotal
    self.isComplete = isComplete
  }

  /// `evidence/9f3c4a…`, as messages and items name it.
  public var label: String { "evidence/\(digest.short)" }
}

/// What goes stale or misses its deadline soon after as_of, unless somebody acts.
public struct Upcoming: Hashable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    /// The newest snapshot gets older than the control allows.
    case evidenceStale = "evidence_stale"
    /// A due interval ends, and nothing that happened in it is recorded yet.
    case occurrenceDue = "occurrence_due"
    case attestationDue = "attestation_due"
    /// Open findings reach the deadline of their severity.
    case vulnerabilityDeadline = "vulnerability_deadline"
    case waiverExpires = "waiver_expires"
  }

  public let due: Instant
  public let kind: Kind
  /// `VM-02`; empty when it is no control's.
  public let control: String
  public let text: String
  public let action: String
  public let owner: String
  /// Things that are concerned, at least 1.
  public let count: Int
  /// The first of them, by name.
  public let items: [String]

  public init(
    due: Instant, kind: Kind, control: String, text: String, action: String, owner: String,
    count: Int = 1, items: [String] = []
  ) {
    self.due = due
    self.kind = kind
    self.control = control
    self.text = text
    self.action = action
    self.owner = owner
    self.count = count
    self.items = items
  }
}

/// Everything that was concluded about one period: what `check` prints and a package is made of.
public struct Assessment: Sendable {
  public let engagement: Engagement
  public let period: Period
  public let asOf: Instant
  /// Sorted by id.
  public let conclusions: [Conclusion]
  /// Templates that nobody adopted, by id: listed, counted nowhere.
  public let notAdopted: [Control]
  /// All 61, in the order of the publication.
  public let criteria: [CriterionResult]
  public let kpis: [KPIResult]
  public let evidence: [EvidenceRow]
  public let diagnostics: [Diagnostic]
  /// Sources that failed or delivered in part, with what they said; empty when all is there.
  public let incomplete: [(source: String, text: String, criteria: [String])]
  public let tools: ToolReconciliation
  /// What is due in the days after as_of, the first first.
  public let upcoming: [Upcoming]

  public init(
    engagement: Engagement, period: Period, asOf: Instant, conclusions: [Conclusion],
    notAdopted: [Control], criteria: [CriterionResult], kpis: [KPIResult],
    evidence: [EvidenceRow], diagnostics: [Diagnostic],
    incomplete: [(source: String, text: String, criteria: [String])],
    tools: ToolReconciliation = ToolReconciliation(), upcoming: [Upcoming] = []
  ) {
    self.engagement = engagement
    self.period = period
    self.asOf = asOf
    self.conclusions = conclusions
    self.notAdopted = notAdopted
    self.criteria = criteria
    self.kpis = kpis
    self.evidence = evidence
    self.diagnostics = diagnostics
    self.incomplete = incomplete
    self.tools = tools
    self.upcoming = upcoming
  }

  /// The same with more to say about its evidence.
  public func saying(_ more: [Diagnostic]) -> Assessment {
    if more.isEmpty { return self }
    return Assessment(
      engagement: engagement, period: period, asOf: asOf, conclusions: conclusions,
      notAdopted: notAdopted, criteria: criteria, kpis: kpis, evidence: evidence,
      diagnostics: diagnostics + more, incomplete: incomplete, tools: tools)
  }

  /// Whether every adopted control passes, has not operated, or is scoped out.
  public var isAllWell: Bool {
    conclusions.allSatisfy { [.pass, .notOperated, .notApplicable].contains($0.verdict) }
      && incomplete.isEmpty && !conclusions.isEmpty
  }
}
