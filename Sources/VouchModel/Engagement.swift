/// What `vouch.yaml` says: the organisation, its system, and how its controls are evaluated.
public struct Engagement: Sendable, Hashable {
  public struct Adoption: Sendable, Hashable {
    public let control: String
    /// Person who answers for it.
    public let owner: String
    /// The activity in the organisation's own words; empty: as the template says.
    public let activity: String
    /// Management's response to the deviations of this period, with its author; may be empty.
    public let response: String

    public init(control: String, owner: String, activity: String = "", response: String = "") {
      self.control = control
      self.owner = owner
      self.activity = activity
      self.response = response
    }
  }

  /// A parameter's value from an instant on.
  public struct Parameter: Sendable, Hashable {
    public let name: String
    /// Key inside a table such as `vuln_sla_days`; empty for a plain parameter.
    public let key: String
    public let value: Value
    /// Nil: from the beginning.
    public let from: Instant?

    public init(name: String, key: String, value: Value, from: Instant?) {
      self.name = name
      self.key = key
      self.value = value
      self.from = from
    }
  }

  public struct Waiver: Sendable, Hashable {
    public let id: String
    public let control: String
    /// The item's key, or empty for every item of the control.
    public let item: String
    /// The attribute's letter, or empty for all.
    public let attribute: String
    public let reason: String
    public let measure: String
    public let approver: String
    public let approvedAt: Instant
    /// Until, exclusive.
    public let expiresAt: Instant

    public init(
      id: String, control: String, item: String, attribute: String, reason: String,
      measure: String, approver: String, approvedAt: Instant, expiresAt: Instant
    ) {
      self.id = id
      self.control = control
      self.item = item
      self.attribute = attribute
      self.reason = reason
      self.measure = measure
      self.approver = approver
      self.approvedAt = approvedAt
      self.expiresAt = expiresAt
    }
  }

  /// Something scoped out, or a difference explained, with reason and approver.
  public struct Exclusion: Sendable, Hashable {
    /// `control`, `asset`, `source` or `difference`.
    public let kind: String
    public let thing: String
    public let reason: String
    public let approver: String

    public init(kind: String, thing: String, reason: String, approver: String) {
      self.kind = kind
      self.thing = thing
      self.reason = reason
      self.approver = approver
    }
  }

  public struct Holiday: Sendable, Hashable {
    public let date: String
    public init(date: String) { self.date = date }
  }

  public var organization: String
  /// Lower case, digits and hyphens: the first part of the package's name.
  public var slug: String
  public var system: String
  public var systemDescription: String
  public var categories: [Category]
  public var zone: Zone
  public var adoptions: [Adoption]
  public var parameters: [Parameter]
  public var waivers: [Waiver]
  public var exclusions: [Exclusion]
  /// Other names of assets: name -> asset id.
  public var aliases: [String: String]
  /// Business hours: local opening and closing in minutes after midnight, weekdays 1 Monday to 7.
  public var businessDays: [Int]
  public var opens: Int
  public var closes: Int
  public var holidays: [Holiday]
  /// Who prepares, for the package's metadata.
  public var preparedBy: String
  /// The CPA firm the package is for; may be empty.
  public var preparedFor: String

  public init(
    organization: String, slug: String, system: String, systemDescription: String,
    categories: [Category], zone: Zone, adoptions: [Adoption], parameters: [Parameter],
    waivers: [Waiver], exclusions: [Exclusion], aliases: [String: String],
    businessDays: [Int] = [1, 2, 3, 4, 5], opens: Int = 540, closes: Int = 1020,
    holidays: [Holiday] = [], preparedBy: String = "", preparedFor: String = ""
  ) {
    self.organization = organization
    self.slug = slug
    self.system = system
    self.systemDescription = systemDescription
    self.categories = categories
    self.zone = zone
    self.adoptions = adoptions
    self.parameters = parameters
    self.waivers = waivers
    self.exclusions = exclusions
    self.aliases = aliases
    self.businessDays = businessDays
    self.opens = opens
    self.closes = closes
    self.holidays = holidays
    self.preparedBy = preparedBy
    self.preparedFor = preparedFor
  }
}
