import Foundation
import VouchModel

/// The style sheet that is written into every page, and the policy that allows it and nothing
/// else.
///
/// Inlined, because a page is read from disk, from a mail, or alone, and browsers disagree on
/// whether a file may load the file beside it. Allowed by its digest, so that a style that some
/// text smuggled in is not.
struct StyleSheet: Sendable {
  let markup: Markup
  /// The Content-Security-Policy of every page: no script, no request.
  let policy: String

  init(_ file: TemplateFile) throws(Refusal) {
    guard !file.text.contains("</") else {
      throw Refusal(
        .data,
        Diagnostic(
          "template.style", .error, at: file.path, "the style sheet contains '</'",
          why: "it stands inside <style> and would end it", fix: "write '<\\/'"))
    }
    let css = Self.compact(file.text)
    markup = Markup(css)
    let digest = Data(Self.bytes(Digest.sha256(css))).base64EncodedString()
    policy =
      "default-src 'none'; style-src 'sha256-\(digest)'; img-src data:; base-uri 'none'; "
      + "form-action 'none'"
  }

  /// Without comments and indentation: a thousand pages carry it.
  private static func compact(_ css: String) -> String {
    var out = ""
    var rest = css[...]
    while let open = rest.firstRange(of: "/*") {
      out += rest[..<open.lowerBound]
      guard let close = rest[open.upperBound...].firstRange(of: "*/") else {
        rest = ""
        break
      }
      rest = rest[close.upperBound...]
    }
    out += rest
    return out.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private static func bytes(_ digest: Digest) -> [UInt8] {
    let digits = Array(digest.hex.utf8)
    func value(_ digit: UInt8) -> UInt8 { digit < 58 ? digit - 48 : digit - 87 }
    return stride(from: 0, to: digits.count, by: 2).map {
      value(digits[$0]) << 4 | value(digits[$0 + 1])
    }
  }
}
