import VouchModel

/// The declaration and the description of the bag.
enum BagCheck {
  /// `bagit.txt` says that this is a bag (RFC 8493, 2.1.1).
  static func declaration(_ context: Context) -> Check {
    var check = Check("bagit", "bagit.txt declares a bag in UTF-8")
    let expected = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    guard let bytes = context.bytes(PackageLayout.bagit, for: &check) else { return check }
    if !bytes.elementsEqual(expected.utf8) {
      check.find(
        "declaration", PackageLayout.bagit, "is not the declaration of a bag of version 1.0",
        expected: "2 lines", actual: "\(bytes.split(separator: 0x0A).count) lines")
    }
    return check
  }

  /// What every package has is there.
  static func layout(_ context: Context) -> Check {
    var check = Check("layout", "Everything that belongs to a package is there")
    let required =
      context.redactedFrom == nil ? PackageLayout.required : PackageLayout.requiredRedacted
    for path in required where !context.package.has(path) {
      check.find("missing", path, "is missing; every package has it")
    }
    for control in context.check?.controls ?? [] {
      let page = PackageLayout.page(of: control.id)
      if !context.package.has(page) {
        check.find("missing", page, "is missing; every control of the package has a page")
      }
    }
    check.note = "\(required.count) files that every package has"
    return check
  }

  private static let labels = [
    "Bag-Software-Agent", "Bagging-Date", "External-Identifier", "Payload-Oxum",
    "Source-Organization", "Vouch-As-Of", "Vouch-Ledger-Entries", "Vouch-Ledger-Head",
    "Vouch-Period-End", "Vouch-Period-Start", "Vouch-Rules-Digest", "Vouch-Status",
  ]

  /// `bag-info.txt` describes this bag, and not another one.
  static func info(_ context: Context) -> Check {
    var check = Check("bag-info", "bag-info.txt describes this package")
    let file = PackageLayout.bagInfo
    guard let bytes = context.bytes(file, for: &check) else { return check }
    let info = BagInfo(bytes, file: file, check: &check)
    for label in labels {
      switch info.values[label]?.count ?? 0 {
      case 0: check.find("missing-label", file, "has no \(label)")
      case 1: break
      case let count: check.find("repeated-label", file, "has \(label) \(count) times")
      }
    }
    compareOxum(info, context, &check)
    compare("External-Identifier", info, with: context.package.name, "identifier", &check)
    if let date = info["Bagging-Date"], let asOf = info["Vouch-As-Of"], !asOf.hasPrefix(date) {
      check.find(
        "date", file, "Bagging-Date is not the date of Vouch-As-Of", expected: asOf, actual: date)
    }
    if let status = info["Vouch-Status"], status != "COMPLETE", status != "INCOMPLETE" {
      check.find(
        "status", file, "Vouch-Status is no state", expected: "COMPLETE or INCOMPLETE",
        actual: status)
    }
    if let digest = info["Vouch-Rules-Digest"], Digest(hex: digest) == nil {
      check.find("rules", file, "Vouch-Rules-Digest is no SHA-256 digest", actual: digest)
    }
    comparePeriod(info, context, &check)
    check.note = info["External-Identifier"] ?? ""
    return check
  }

  /// Octets and number of the payload's files (RFC 8493, 2.2.2).
  private static func compareOxum(_ info: BagInfo, _ context: Context, _ check: inout Check) {
    let payload = context.package.files.filter { $0.key.isPayload }
    let actual = "\(payload.values.reduce(0, +)).\(payload.count)"
    compare("Payload-Oxum", info, with: actual, "oxum", &check)
  }

  private static func comparePeriod(_ info: BagInfo, _ context: Context, _ check: inout Check) {
    guard let document = context.check else { return }
    compare("Vouch-Period-Start", info, with: document.periodStart, "period", &check)
    compare("Vouch-Period-End", info, with: document.periodEnd, "period", &check)
    compare("Vouch-As-Of", info, with: document.asOf, "period", &check)
    compare(
      "Source-Organization", info, with: documentLine(document.organization), "organization", &check
    )
    let suffix = context.redactedFrom == nil ? "" : "-redacted"
    if let name = info["External-Identifier"], !name.hasSuffix("-soc2-\(document.period)\(suffix)")
    {
      check.find(
        "identifier", PackageLayout.bagInfo,
        "External-Identifier does not end in the period of data/check.json",
        expected: "-soc2-\(document.period)\(suffix)", actual: name)
    }
  }

  private static func compare(
    _ label: String, _ info: BagInfo, with actual: String, _ id: String, _ check: inout Check
  ) {
    guard let said = info[label], said != actual else { return }
    check.find(
      id, PackageLayout.bagInfo, "\(label) differs from the package", expected: said,
      actual: actual)
  }
}

/// A text as `bag-info.txt` and XML have to hold it: in one line, and without what no document may
/// hold (XML 1.0, 2.2). JSON has the text itself.
func documentLine(_ text: String) -> String {
  let words = text.unicodeScalars.split { $0.properties.isWhitespace || $0 == "\u{FEFF}" }
  return words.map { word in
    let plain = word.map { scalar -> Unicode.Scalar in
      scalar.value < 0x20 || scalar.value & 0xFFFE == 0xFFFE && scalar.value < 0x10000
        ? "\u{FFFD}" : scalar
    }
    return String(String.UnicodeScalarView(plain))
  }.joined(separator: " ")
}
