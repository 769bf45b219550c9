import VouchModel

/// What an OSCAL document defines and refers to, gathered in one pass (formats, OSCAL 5).
struct OSCALDocument: Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case tscCatalog = "tsc-catalog"
    case controlsCatalog = "controls-catalog"
    case assessmentPlan = "assessment-plan"
    case assessmentResults = "assessment-results"

    var path: BagPath { BagPath("data/xml/\(rawValue).xml") }

    /// Name of the root element, and of NIST's schema: `oscal_<root>_schema.xsd`.
    var root: String {
      switch self {
      case .tscCatalog, .controlsCatalog: "catalog"
      case .assessmentPlan, .assessmentResults: rawValue
      }
    }
  }

  /// Where something is defined.
  struct Definition: Sendable, Hashable {
    /// Name of the element that defines it.
    let element: String
    let line: Int
  }

  /// A reference, with the elements that may be meant; empty: any.
  struct Reference: Sendable, Hashable {
    /// How the document says it: `related-observation/@observation-uuid`.
    let from: String
    let value: String
    let to: Set<String>
    let line: Int
  }

  /// An address: `#uuid`, a file beside the document, or a page elsewhere.
  struct Address: Sendable, Hashable {
    /// Name of the element with the `href`.
    let from: String
    let href: String
    let line: Int
  }

  /// A resource of the back matter that is a file.
  struct File: Sendable, Hashable {
    let href: String
    let line: Int
    /// Algorithm and digest as written.
    var hashes: [String: String] = [:]
    var size: String?
  }

  /// The test of one control over one slice of the period.
  struct Observation: Sendable, Hashable {
    let uuid: String
    let line: Int
    /// Our props by name.
    var props: [String: String] = [:]
  }

  struct Finding: Sendable, Hashable {
    var line: Int
    /// The part of a control, `iam-04_obj`.
    var target = ""
    var state = ""
    var observations: [String] = []
  }

  let kind: Kind
  var uuids: [String: Definition] = [:]
  var ids: [String: Definition] = [:]
  var references: [Reference] = []
  var addresses: [Address] = []
  var files: [File] = []
  var observations: [Observation] = []
  var findings: [Finding] = []
  /// Controls of the results' selection.
  var included: [String: Int] = [:]
  var excluded: [String: Int] = [:]
  /// Every value of an attribute, and the text of elements that hold one plain value, with how
  /// often it stands there: what the same document as JSON has to hold too.
  var values: [String: Int] = [:]
  /// Breaches of rules that concern one element alone. Ids without the `oscal.` in front.
  var faults: [LineFault] = []
}
