import VouchModel

/// A text that management wrote for the public, with the place where it stands.
public struct PublicText: Sendable, Hashable {
  public var text: String
  /// `vouch.yaml:41`.
  public var place: String

  public init(_ text: String, at place: String) {
    self.text = text
    self.place = place
  }

  public static let empty = PublicText("", at: "")
  public var isEmpty: Bool { text.isEmpty }
}

/// What management enters for the public summary: `publishing:` of `vouch.yaml`.
///
/// Nothing else that a person wrote reaches the page, and nothing at all of the evidence does.
public struct Publication: Sendable, Hashable {
  public struct Service: Sendable, Hashable {
    /// As the register of services has it: names the figures, is not printed.
    public var id: String
    public var name: PublicText
    public var description: PublicText

    public init(id: String, name: PublicText, description: PublicText) {
      self.id = id
      self.name = name
      self.description = description
    }
  }

  /// What a group of controls is about, in words for customers.
  public struct Theme: Sendable, Hashable {
    public var title: PublicText
    public var text: PublicText
    /// `IAM`: control areas the theme speaks of; each must have an adopted control.
    public var areas: [String]

    public init(title: PublicText, text: PublicText, areas: [String]) {
      self.title = title
      self.text = text
      self.areas = areas
    }
  }

  /// A way to reach somebody. A mail address or a link, entered to be published.
  public struct Contact: Sendable, Hashable {
    public var text: PublicText
    public var email: PublicText
    public var url: PublicText

    public init(text: PublicText, email: PublicText, url: PublicText) {
      self.text = text
      self.email = email
      self.url = url
    }
  }

  /// The plain fact that a CPA firm issued a report, as management enters it (soc2-guide 8.2).
  public struct Report: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
      case type1 = "type_1"
      case type2 = "type_2"
    }

    public enum Opinion: String, Sendable, CaseIterable {
      case unmodified
      /// Qualified, adverse or disclaimed: has to be said where the report is mentioned.
      case modified
    }

    public var kind: Kind
    /// The firm's name; may be empty.
    public var auditor: PublicText
    public var periodStart: Instant?
    /// Last day the report speaks of (local midnight), or its as-of date.
    public var periodEnd: Instant
    /// Date of the report.
    public var date: Instant
    public var categories: [Category]
    public var opinion: Opinion
    /// How to get it: "under an agreement of confidentiality from …".
    public var available: PublicText
    public var place: String

    public init(
      kind: Kind, auditor: PublicText, periodStart: Instant?, periodEnd: Instant, date: Instant,
      categories: [Category], opinion: Opinion, available: PublicText, place: String
    ) {
      self.kind = kind
      self.auditor = auditor
      self.periodStart = periodStart
      self.periodEnd = periodEnd
      self.date = date
      self.categories = categories
      self.opinion = opinion
      self.available = available
      self.place = place
    }
  }

  /// Where the page will be; may be empty.
  public var url: PublicText
  public var language: String
  public var description: PublicText
  public var boundaries: PublicText
  public var services: [Service]
  public var commitments: [PublicText]
  public var themes: [Theme]
  public var contact: Contact?
  public var vulnerabilityReports: Contact?
  public var report: Report?
  /// Counts below it are not shown.
  public var minimumCount: Int
  /// For how many days after the date the figures speak of the page is valid.
  public var validDays: Int
  /// Words that may stand on the page although the evidence has them as a value.
  public var approvedTerms: [String]
  /// `Name, role`: who may approve; empty: anybody who gives both.
  public var approvers: [String]

  public init(
    url: PublicText, language: String, description: PublicText, boundaries: PublicText,
    services: [Service], commitments: [PublicText], themes: [Theme], contact: Contact?,
    vulnerabilityReports: Contact?, report: Report?, minimumCount: Int, validDays: Int,
    approvedTerms: [String], approvers: [String]
  ) {
    self.url = url
    self.language = language
    self.description = description
    self.boundaries = boundaries
    self.services = services
    self.commitments = commitments
    self.themes = themes
    self.contact = contact
    self.vulnerabilityReports = vulnerabilityReports
    self.report = report
    self.minimumCount = minimumCount
    self.validDays = validDays
    self.approvedTerms = approvedTerms
    self.approvers = approvers
  }

  /// Every text of management's own, in the order of the page.
  public var texts: [PublicText] {
    let reach = [contact, vulnerabilityReports].compactMap { $0 }.map(\.text)
    let all =
      [description, boundaries] + services.flatMap { [$0.name, $0.description] } + commitments
      + themes.flatMap { [$0.title, $0.text] } + reach
      + (report.map { [$0.auditor, $0.available] } ?? [])
    return all.filter { !$0.isEmpty }
  }

  /// What was entered in order to be published as it is: addresses to reach somebody.
  public var addresses: [PublicText] {
    ([url] + [contact, vulnerabilityReports].compactMap { $0 }.flatMap { [$0.email, $0.url] })
      .filter { !$0.isEmpty }
  }
}
