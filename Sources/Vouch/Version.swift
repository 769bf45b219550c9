import VouchModel

/// The program's own version, and that of the rules it carries.
public enum VouchVersion {
  public static let number = "0.1.0"

  /// What `vouch --version` prints. Packages name the same digest as `Vouch-Rules-Digest` when a
  /// workspace overrides none of the rules.
  public static var text: String {
    let templates = Templates(files: Templates.builtIn)
    let controls = templates.below("controls/").count { $0.name.hasSuffix(".yaml") }
    return "vouch \(number)\nrules sha256:\(templates.rulesDigest.hex) (\(controls) controls)"
  }
}
