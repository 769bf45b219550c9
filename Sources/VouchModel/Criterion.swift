/// A trust services category of a report.
public enum Category: String, Sendable, CaseIterable, Hashable {
  case security
  case availability
  case processingIntegrity = "processing_integrity"
  case confidentiality
  case privacy

  public var title: String {
    switch self {
    case .security: "Security"
    case .availability: "Availability"
    case .processingIntegrity: "Processing integrity"
    case .confidentiality: "Confidentiality"
    case .privacy: "Privacy"
    }
  }
}

/// One of the 61 trust services criteria: its id and our own words for it.
///
/// The criteria's text is copyright AICPA and never part of the program; `templates/criteria.yaml`
/// has paraphrases.
public struct Criterion: Hashable, Sendable {
  public let id: String
  /// The set it belongs to: nil for the common criteria, which apply to every category.
  public let category: Category?
  public let title: String
  public let paraphrase: String
  /// full, partial or manual: how much of it system records can decide.
  public let automatable: String
  public let technical: String
  public let manual: String

  public init(
    id: String, category: Category?, title: String, paraphrase: String, automatable: String,
    technical: String, manual: String
  ) {
    self.id = id
    self.category = category
    self.title = title
    self.paraphrase = paraphrase
    self.automatable = automatable
    self.technical = technical
    self.manual = manual
  }

  /// The ids of all 61 criteria, in the order of the publication. Anything else is invented.
  public static let ids: [String] =
    numbered("CC1", 5) + numbered("CC2", 3) + numbered("CC3", 4) + numbered("CC4", 2)
    + numbered("CC5", 3) + numbered("CC6", 8) + numbered("CC7", 5) + numbered("CC8", 1)
    + numbered("CC9", 2) + numbered("A1", 3) + numbered("C1", 2) + numbered("PI1", 5)
    + numbered("P1", 1) + numbered("P2", 1) + numbered("P3", 2) + numbered("P4", 3)
    + numbered("P5", 2) + numbered("P6", 7) + numbered("P7", 1) + numbered("P8", 1)

  private static func numbered(_ set: String, _ count: Int) -> [String] {
    (1...count).map { "\(set).\($0)" }
  }

  /// Position in ``ids``, for sorting as the publication does; unknown ids come last.
  public static func order(_ id: String) -> Int { positions[id] ?? Int.max }
  private static let positions = Dictionary(
    uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })

  /// Whether a report on these categories has to address the criterion.
  public func applies(to categories: Set<Category>) -> Bool {
    category.map { categories.contains($0) } ?? true
  }
}
