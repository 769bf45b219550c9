import VouchModel

/// Keeps the words of an auditor, a certifier or an advertiser out of what management says.
///
/// Nobody is certified by a SOC 2 examination and there is no pass mark; an opinion is the CPA's
/// alone (soc2-guide 1, 8, 9). What is not management's voice is left alone: names, keys, SQL and
/// messages in `<code>`, `<pre>` and `<samp>`, and definitions quoted in `<q>`.
public struct WordingLint: Sendable {
  /// Who reads the text.
  public enum Audience: Sendable {
    /// An evidence package for a CPA.
    case package
    /// The public summary, which has more words to keep out (soc2-guide 8).
    case publicSummary
  }

  private let phrases: [UInt8: [BlockedPhrase]]

  public init(_ audience: Audience) {
    var all = BlockedPhrase.everywhere
    if audience == .publicSummary { all += BlockedPhrase.inPublic }
    phrases = Dictionary(grouping: all) { $0.bytes.first ?? 0 }
  }

  /// Blocked phrases in a rendered page, one error each, in the order of the page.
  ///
  /// - Parameter path: names the page in messages; the nearest id above the phrase is appended.
  public func findings(inPage html: [UInt8], path: String) -> [Diagnostic] {
    let spoken = SpokenText(html: html)
    return matches(in: spoken.bytes).map { match in
      let id = spoken.id(before: match.offset)
      return finding(match.phrase, at: id.isEmpty ? path : "\(path)#\(id)")
    }
  }

  /// Blocked phrases in a plain text.
  public func findings(in text: String, at place: String) -> [Diagnostic] {
    matches(in: SpokenText(plain: text).bytes).map { finding($0.phrase, at: place) }
  }

  private func finding(_ phrase: BlockedPhrase, at place: String) -> Diagnostic {
    Diagnostic(
      "wording.blocked", .error, at: place, "'\(phrase.text)' is not management's to say",
      why: phrase.why, fix: "say what was done and what was found, without a judgement on it")
  }

  private func matches(in bytes: [UInt8]) -> [(phrase: BlockedPhrase, offset: Int)] {
    var found: [(BlockedPhrase, Int)] = []
    var isInWord = false
    for offset in bytes.indices {
      let byte = bytes[offset]
      if !isInWord, let candidates = phrases[byte] {
        for phrase in candidates where phrase.matches(bytes, at: offset) {
          found.append((phrase, offset))
        }
      }
      isInWord = SpokenText.isLetter(byte)
    }
    return found
  }
}

/// A phrase that must not be said, in lower case with single spaces.
struct BlockedPhrase: Sendable {
  let text: String
  let why: String
  /// Also the beginning of longer words: `guarantee` of `guaranteed`.
  let isStem: Bool
  let bytes: [UInt8]

  private init(_ text: String, _ why: String) {
    isStem = text.hasSuffix("*")
    self.text = isStem ? String(text.dropLast()) : text
    self.why = why
    bytes = Array(self.text.utf8)
  }

  /// A phrase that a language file of the public summary brings itself.
  init(publicPhrase text: String, _ why: String) { self.init(text.lowercased(), why) }

  func matches(_ spoken: [UInt8], at offset: Int) -> Bool {
    let end = offset + bytes.count
    guard end <= spoken.count, spoken[offset..<end].elementsEqual(bytes) else { return false }
    if !isStem, end < spoken.count, SpokenText.isLetter(spoken[end]) { return false }
    return !(text == "compliant" && Self.isDenied(spoken, before: offset))
  }

  /// `non-compliant` and `not compliant` report a deviation and claim nothing.
  private static func isDenied(_ spoken: [UInt8], before offset: Int) -> Bool {
    ["non ", "not "].contains { word in
      offset >= 4 && spoken[offset - 4..<offset].elementsEqual(word.utf8)
    }
  }

  private static let certification =
    "a SOC 2 examination certifies nothing; there is no certificate and no mark to pass"
  private static let promise = "controls give no certainty, and a package must not promise any"
  private static let opinion = "this is a CPA's conclusion or the language of one"

  static let everywhere: [BlockedPhrase] =
    [
      "certified", "certification*", "compliant", "audit passed", "passed the audit",
      "passed audit", "auditor approved", "approved by the auditor", "approved by our auditor*",
      "zertifiziert*", "zertifizierung*", "vollständig konform", "prüfung bestanden",
      "audit bestanden", "vom prüfer bestätigt", "vom prüfer genehmigt",
    ].map { BlockedPhrase($0, certification) }
    + [
      "guarantee*", "zero risk", "risk free", "garantie*", "garantiert*", "risikofrei*",
      "kein risiko",
    ].map { BlockedPhrase($0, promise) }
    + [
      "no exceptions noted", "no exceptions were noted", "no exception noted", "in our opinion",
      "we have examined", "we examined", "reasonable assurance", "tests of controls",
      "test of controls", "keine beanstandungen", "nach unserer auffassung",
      "nach unserem urteil", "wir haben geprüft", "hinreichende sicherheit",
    ].map { BlockedPhrase($0, opinion) }

  static let inPublic: [BlockedPhrase] =
    ["soc 3", "soc 2 report", "soc ii", "soc2", "audited"].map {
      BlockedPhrase($0, lookAlike)
    }

  private static let lookAlike =
    "a summary by management must not look like an auditor's report"
  private static let judgement =
    "a criterion is met or not in an auditor's opinion only; management says what operated"

  /// Only ``ClaimsCheck`` looks for these: in a package they may be quoted, on a public page they
  /// claim something, whatever language they are in.
  static let asClaims: [BlockedPhrase] =
    [
      "soc3", "soc iii", "type ii", "typ ii", "soc 2 attest*", "soc 2 audit*", "soc 2 approved",
      "soc 2 verified", "passed soc 2", "soc 2 passed", "soc 2 bestanden", "accredit*",
      "akkredit*", "independently verified", "independently validated", "independently assessed",
      "independently examined", "unabhängig bestätigt", "unabhängig geprüft", "soc 2 compliance",
      "soc 2 bericht*", "soc 2 prüfung*", "auditiert*",
      "testiert*", "testat*", "bescheinig*", "attested", "attestation report", "audit report",
      "prüfbericht*", "prüfungsbericht*", "gütesiegel*", "prüfsiegel*", "trust seal*", "siegel",
      "seal of approval", "unqualified opinion", "unmodified opinion", "clean opinion",
      "prüfungsurteil*", "uneingeschränkt*", "audité*", "auditée*", "auditado*", "auditada*",
      "auditato", "auditata", "geaudit*",
    ].map { BlockedPhrase($0, lookAlike) }
    + [
      "certificate*", "zertifikat*", "konform", "konforme*", "konformität*", "gesetzeskonform*",
      "certifié*", "certificado*", "certificada*", "certificato", "certificata",
      "certificaci*", "certificaç*", "gecertificeerd*", "certificering*", "conforme", "conformes",
      "compliance guaranteed", "fully compliant", "iso certified",
    ].map { BlockedPhrase($0, certification) }
    + [
      "criteria met", "criteria are met", "criteria were met", "meets the criteria",
      "meets all criteria", "met all criteria", "satisfies all criteria", "kriterien erfüllt",
      "kriterien sind erfüllt", "kriterien wurden erfüllt", "erfüllt die kriterien",
      "erfüllt alle kriterien", "all criteria satisfied",
    ].map { BlockedPhrase($0, judgement) }
    + [
      "fully secure", "completely secure", "unhackable", "never hacked", "absolutely secure",
      "vollkommen sicher", "absolut sicher", "garanti*", "garantía*", "five nines",
    ].map { BlockedPhrase($0, promise) }
}
