import VouchModel

/// What ties a redacted copy to the package that it was made of.
enum RedactionCheck {
  private static let folder = "data/redaction"

  static func run(_ context: Context) -> Check {
    var check = Check(
      "redaction", "The copy names its full package and proves what it shares with it")
    let tags = BagPath("\(folder)/tagmanifest-sha256.txt")
    let manifest = BagPath("\(folder)/manifest-sha256.txt")
    guard let said = context.redactedFrom, let actual = context.facts[tags]?.digest else {
      check.find("missing", tags, "is missing")
      return check
    }
    if said != actual.hex {
      check.find(
        "other", tags, "is not the tag manifest that bag-info.txt names", expected: said,
        actual: actual.hex)
    }
    guard let bytes = context.bytes(tags, for: &check) else { return check }
    var unused = Check("", "")
    let listed = Manifest(bytes, file: tags, check: &unused).digests[PackageLayout.manifest]
    let isWhole = context.facts[manifest]?.digest == listed
    compareEvidence(context, &check)
    let shared = context.fullDigests.filter { context.facts[$0.key]?.digest == $0.value }.count
    check.note =
      "REDACTED COPY of \(said); raw evidence is not in it; \(shared) files are byte for byte the full package's"
      + (isWhole ? "" : "; names in its manifest are replaced, so only its holder can compare it")
    return check.sorted()
  }

  /// Each note in the place of evidence names the digest that the full package has of it.
  private static func compareEvidence(_ context: Context, _ check: inout Check) {
    for path in context.package.files.keys.sorted()
    where path.isIn("data/evidence") && path != PackageLayout.ledger {
      guard let text = context.bytes(path, limit: 1 << 16, for: &check) else { continue }
      let named = String(decoding: text, as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("SHA-256: ") }?.dropFirst(9)
      guard let digest = context.fullDigests[path] else {
        check.find("added", path, "stands for no evidence of the full package")
        continue
      }
      if named.map(String.init) != digest.hex {
        check.find(
          "digest", path, "names another digest than the full package has", expected: digest.hex,
          actual: named.map(String.init))
      }
    }
  }
}
