import VouchModel

/// Where things lie in a package (contract 6). Paths are relative to the package's folder.
public enum PackageLayout {
  /// `<slug>-soc2-<period id>`: the folder's name, and the zip's without `.zip`.
  public static func name(of assessment: Assessment) -> String {
    "\(assessment.engagement.slug)-soc2-\(assessment.period.id)"
  }

  public static let start = "START-HERE.html"
  public static let check = "data/check.json"
  public static let ledger = "data/evidence/ledger.jsonl"
  public static let controlMatrix = "data/workpapers/control-matrix.csv"
  public static let deviations = "data/workpapers/deviations.csv"
  public static let kpis = "data/workpapers/kpis.csv"
  public static let evidenceIndex = "data/workpapers/evidence-index.csv"
  public static let patchingLate = "data/workpapers/patching/late.csv"
  public static let patchingViews = "data/workpapers/patching/views.csv"
  public static let patchingHosts = "data/workpapers/patching/hosts.csv"
  public static let patchingIdentities = "data/workpapers/patching/identities.csv"
  public static let patchingRestarts = "data/workpapers/patching/restarts.csv"
  public static let workbook = "data/workpapers/workbook.xlsx"
  public static let tscCatalog = "data/xml/tsc-catalog.xml"
  public static let controlsCatalog = "data/xml/controls-catalog.xml"
  public static let assessmentPlan = "data/xml/assessment-plan.xml"
  public static let assessmentResults = "data/xml/assessment-results.xml"
  public static let systemDescription = "data/xml/system-description.txt"
  public static let oscalSchema = "data/xml/oscal-subset.xsd"
  public static let package = "data/xml/package.xml"
  public static let packageSchema = "data/xml/package.xsd"
  public static let records = "data/reperform/records.sqlite"
  public static let controlsSQL = "data/reperform/controls.sql"
  public static let expected = "data/reperform/expected.csv"
  public static let reperformReadme = "data/reperform/README.txt"

  /// The OSCAL documents and where the same is as JSON, for tools that read nothing else.
  public static let oscalJSON: [(xml: String, json: String)] = [
    (tscCatalog, "data/oscal-json/tsc-catalog.json"),
    (controlsCatalog, "data/oscal-json/controls-catalog.json"),
    (assessmentPlan, "data/oscal-json/assessment-plan.json"),
    (assessmentResults, "data/oscal-json/assessment-results.json"),
  ]

  /// The whole population of a control as CSV.
  public static func population(_ control: String) -> String {
    "data/workpapers/populations/\(control).csv"
  }

  /// A control's page.
  public static func page(_ control: String) -> String { "data/controls/\(control).html" }

  /// A file of the workspace that was in force: `vouch.yaml`, `templates/…`.
  public static func inForce(_ path: String) -> String {
    path.hasPrefix("templates/") ? "data/reperform/\(path)" : "data/reperform/config/\(path)"
  }

  /// The preserved bytes of an item of evidence. The same bytes collected twice by one source
  /// under one name are one file.
  public static func evidence(_ row: EvidenceRow) -> String {
    let source = safe(row.provenance.source)
    return "data/evidence/\(source)/\(row.digest.short)-\(safe(row.provenance.name))"
  }

  /// `evidence/nessus/9f3c…-scan.nessus#L41`, relative to `data/`: what a workpaper cites.
  public static func origin(_ row: EvidenceRow, place: String) -> String {
    let path = evidence(row).dropFirst("data/".count)
    return place.isEmpty ? String(path) : "\(path)#\(place)"
  }

  /// A name that every file system and archive tool takes: ASCII letters, digits, `.`, `_` and
  /// `-`, at most 80 characters, no dot in front.
  static func safe(_ name: String) -> String {
    var out: [UInt8] = []
    for scalar in name.unicodeScalars.prefix(80) {
      out.append(isSafe(scalar) ? UInt8(scalar.value) : UInt8(ascii: "_"))
    }
    if out.isEmpty { return "_" }
    if out[0] == UInt8(ascii: ".") { out[0] = UInt8(ascii: "_") }
    return String(decoding: out, as: UTF8.self)
  }

  private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "A"..."Z", "a"..."z", "0"..."9", ".", "_", "-": true
    default: false
    }
  }
}
