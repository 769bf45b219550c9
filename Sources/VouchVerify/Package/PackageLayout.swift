/// Where things lie in a package (contract 6).
enum PackageLayout {
  static let bagit = BagPath("bagit.txt")
  static let bagInfo = BagPath("bag-info.txt")
  static let manifest = BagPath("manifest-sha256.txt")
  static let tagManifest = BagPath("tagmanifest-sha256.txt")
  static let signature = BagPath("tagmanifest-sha256.txt.sig")
  /// Time stamps (RFC 3161) over the tag manifest, and over the signature.
  static let timestamp = BagPath("tagmanifest-sha256.txt.tsr")
  static let signatureTimestamp = BagPath("tagmanifest-sha256.txt.sig.tsr")
  static let start = BagPath("START-HERE.html")

  static let check = BagPath("data/check.json")
  static let ledger = BagPath("data/evidence/ledger.jsonl")
  /// What was found and replaced in the evidence; only some packages have it.
  static let secrets = BagPath("data/secrets.csv")
  static let controlMatrix = BagPath("data/workpapers/control-matrix.csv")
  static let deviations = BagPath("data/workpapers/deviations.csv")
  static let records = BagPath("data/reperform/records.sqlite")
  static let expected = BagPath("data/reperform/expected.csv")
  static let package = BagPath("data/xml/package.xml")
  static let packageSchema = BagPath("data/xml/package.xsd")
  static let oscalSchema = BagPath("data/xml/oscal-subset.xsd")
  static let populations = "data/workpapers/populations"

  /// The files outside `data/` that the tag manifest has to list.
  static let tagFiles = [start, bagit, bagInfo, manifest]
  /// The files outside `data/` that no manifest can list.
  static let seals = [tagManifest, signature, timestamp, signatureTimestamp]

  /// What every package has.
  static let required: [BagPath] =
    [start, bagit, bagInfo, manifest, tagManifest, check, ledger, controlMatrix, deviations]
    + [records, expected, package, packageSchema]
    + ["index", "criteria", "kpis", "evidence", "requests", "waivers"].map {
      BagPath("data/\($0).html")
    }
    + OSCALDocument.Kind.allCases.map(\.path)
    + [
      "data/workpapers/workbook.xlsx", "data/reperform/controls.sql",
      "data/reperform/README.txt", "data/reperform/config/vouch.yaml",
    ].map(BagPath.init)

  /// What a redacted copy has instead of the raw evidence: what ties it to the full package.
  static let redaction = [
    "README.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt", "values.csv",
  ]
  .map { BagPath("data/redaction/\($0)") }

  /// What every redacted copy has.
  static let requiredRedacted: [BagPath] =
    required.filter { path in
      !OSCALDocument.Kind.allCases.contains { $0.path == path }
        && path.text != "data/workpapers/workbook.xlsx"
    } + redaction

  static func page(of control: String) -> BagPath { BagPath("data/controls/\(control).html") }

  static func population(of control: String) -> BagPath {
    BagPath("\(populations)/\(control).csv")
  }

  /// Whether a file is one of the package's own pages. Evidence may be HTML too, but is never
  /// read as a page, nor are the templates in force.
  static func isPage(_ path: BagPath) -> Bool {
    let name = path.name.lowercased()
    return (name.hasSuffix(".html") || name.hasSuffix(".htm") || name.hasSuffix(".xhtml"))
      && isOurs(path)
  }

  /// Whether the program wrote the file, rather than someone whose evidence or rule it is.
  static func isOurs(_ path: BagPath) -> Bool {
    !path.isIn("data/evidence") && !path.isIn("data/reperform")
  }
}
