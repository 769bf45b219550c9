/// A control as its YAML file states it: what is done, what is counted, what each item must show.
public struct Control: Hashable, Sendable {
  public enum Mode: String, Sendable, CaseIterable {
    /// Every item is evaluated.
    case fullPopulation = "full_population"
    /// One item per due interval: the calendar makes the population.
    case occurrence
    /// State at each snapshot; the snapshots must cover the period.
    case snapshot
    /// A named person states a fact and attaches a document.
    case attestation
  }

  /// A lettered sentence that is true, false or unknown for one item.
  public struct Attribute: Hashable, Sendable {
    public let key: String
    public let text: String
    /// SQL over the population's columns: true, false (a deviation) or NULL (unknown).
    public let expr: String
    /// False for an attribute that informs and does not decide the verdict.
    public let decides: Bool
    /// A person has to state it: while it is not true, the control is pending, not failed.
    public let attested: Bool

    public init(
      key: String, text: String, expr: String, decides: Bool = true, attested: Bool = false
    ) {
      self.key = key
      self.text = text
      self.expr = expr
      self.decides = decides
      self.attested = attested
    }
  }

  public struct Population: Hashable, Sendable {
    /// The record types that are counted: `finding`, `person x document`.
    public let of: String
    /// Which of them, in words.
    public let `where`: String
    /// A SELECT with the columns `item` (the key, its parts joined by `|`), `evidence` and
    /// `place` (where the item was read, NULL when it has no single place), and whatever the
    /// attributes use.
    public let sql: String

    public init(of: String, where: String, sql: String) {
      self.of = of
      self.where = `where`
      self.sql = sql
    }
  }

  public struct Completeness: Hashable, Sendable {
    /// The second source and how the population is held against it, in words.
    public let text: String
    /// A SELECT of differences with the columns `item` and `difference` (what is wrong with it,
    /// in words). No row: the population is reconciled. Nil: nothing to hold it against, so the
    /// population counts as not reconciled, unless it is complete by construction.
    public let sql: String?
    /// A SELECT of two numbers, `population` and `second`; nil when the counts say nothing.
    public let counts: String?
    /// The population comes from the calendar or the configuration and cannot miss an item.
    public let isByConstruction: Bool

    public init(text: String, sql: String?, counts: String?, isByConstruction: Bool = false) {
      self.text = text
      self.sql = sql
      self.counts = counts
      self.isByConstruction = isByConstruction
    }
  }

  public struct Tolerance: Hashable, Sendable {
    /// Deviations allowed, absolute.
    public let deviations: Int
    /// Share of the population allowed.
    public let rate: Double

    public init(deviations: Int = 0, rate: Double = 0) {
      self.deviations = deviations
      self.rate = rate
    }

    public func allows(_ deviations: Int, of population: Int) -> Bool {
      deviations <= self.deviations
        || (rate > 0 && Double(deviations) <= rate * Double(population))
    }

    public var text: String {
      if rate > 0 {
        let percent = (rate * 10000).rounded() / 100
        return percent == percent.rounded() ? "\(Int(percent)) %" : "\(percent) %"
      }
      return deviations == 0 ? "none" : "\(deviations)"
    }
  }

  public let id: String
  public let title: String
  public let activity: String
  public let category: Category
  public let also: [Category]
  public let criteria: [String]
  public let automation: String
  public let nature: String
  public let frequency: String
  public let sources: [String]
  public let population: Population
  public let completeness: Completeness
  public let mode: Mode
  public let attributes: [Attribute]
  public let tolerance: Tolerance
  /// Verdict for a population that is complete and has no item.
  public let empty: Verdict
  /// Longest distance between two snapshots, in days; nil for controls without snapshots.
  public let maxGapDays: Int?
  /// Record types without which nothing can be concluded.
  public let requires: [RecordType]
  /// A SELECT of one column `at`: when there was evidence. Nil: when the required types were collected.
  public let coverage: String?
  public let means: String
  public let fix: String
  /// `templates/controls/VM/VM-02.yaml`.
  public let file: String
  /// SHA-256 of the file the control was read from.
  public let digest: Digest
  /// Lines of the file where its pieces of SQL stand, by their key: `population.sql`.
  public var lines: [String: Int] = [:]

  /// `templates/controls/VM/VM-02.yaml:12`, the place of a piece of SQL.
  public func place(of key: String) -> String { lines[key].map { "\(file):\($0)" } ?? file }

  public init(
    id: String, title: String, activity: String, category: Category, also: [Category],
    criteria: [String], automation: String, nature: String, frequency: String, sources: [String],
    population: Population, completeness: Completeness, mode: Mode, attributes: [Attribute],
    tolerance: Tolerance, empty: Verdict, maxGapDays: Int?, requires: [RecordType],
    coverage: String?, means: String, fix: String, file: String, digest: Digest
  ) {
    self.id = id
    self.title = title
    self.activity = activity
    self.category = category
    self.also = also
    self.criteria = criteria
    self.automation = automation
    self.nature = nature
    self.frequency = frequency
    self.sources = sources
    self.population = population
    self.completeness = completeness
    self.mode = mode
    self.attributes = attributes
    self.tolerance = tolerance
    self.empty = empty
    self.maxGapDays = maxGapDays
    self.requires = requires
    self.coverage = coverage
    self.means = means
    self.fix = fix
    self.file = file
    self.digest = digest
  }

  /// `VM` of `VM-02`.
  public var area: String { String(id.prefix { $0 != "-" }) }
}
