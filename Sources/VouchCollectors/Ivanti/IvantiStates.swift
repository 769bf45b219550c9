import VouchModel

/// What Ivanti says of a patch on a machine, in our words.
enum IvantiPatchState: Equatable {
  case installed
  case installedAwaitingReboot
  case missing
  /// The assessment could not tell.
  case undetermined
  /// Advice or a patch for something else: no update of this machine at all.
  case irrelevant

  /// From the word that the console, a report or the cloud uses.
  ///
  /// Words count before numbers, because the two tables of numbers differ (help.ivanti.com,
  /// InstallState and LinuxInstallState views). Only `FoundPatch` is attested for the REST
  /// interface; the others are the words of the reporting views and the console's grids.
  init?(word: String) {
    let word = word.lowercased().filter { $0.isLetter }
    switch word {
    case "foundpatch", "patchfound", "found", "installed", "installedpatch", "patchinstalled",
      "effectivelyinstalled", "notmissing", "foundeffectivelyinstalled":
      self = .installed
    case "pendingreboot", "rebootpending", "awaitingreboot", "rebootrequired",
      "installedpendingreboot", "installedrebootrequired":
      self = .installedAwaitingReboot
    case "missing", "missingpatch", "patchmissing", "notinstalled", "missingservicepack",
      "missingproductlevel", "missingsp":
      self = .missing
    case "notrecorded", "warning", "undetermined": self = .undetermined
    case "note", "informational", "informationalitem", "doesnotapply", "notapplicable",
      "noadvisoriesorpackagesforproduct":
      self = .irrelevant
    default: return nil
    }
  }

  /// From the number in the Windows views `InstallState` of Reporting2 and Reporting3.
  init?(windows number: Int) {
    switch number {
    case -1, 0: self = .undetermined
    case 1, 2: self = .irrelevant
    case 3: self = .installed
    case 4, 5, 6: self = .missing
    default: return nil
    }
  }

  /// From the number in the view `LinuxInstallState`.
  init?(linux number: Int) {
    switch number {
    case 0: self = .undetermined
    case 1, 5, 6: self = .irrelevant
    case 2: self = .missing
    case 3, 4: self = .installed
    default: return nil
    }
  }

  /// The value of `patch_event.state`.
  var text: String {
    switch self {
    case .installed, .installedAwaitingReboot: "installed"
    case .missing: "missing"
    case .undetermined, .irrelevant: "undetermined"
    }
  }
}

/// Microsoft's and Ivanti's severity words in ours; nil for unrated patches.
func ivantiSeverity(_ word: String?) -> String? {
  switch word?.lowercased() {
  case "critical": "critical"
  case "important", "high": "high"
  case "moderate", "medium": "medium"
  case "low": "low"
  default: nil
  }
}

/// Whether Ivanti files a patch under security; nil for types it does not document.
func ivantiIsSecurity(_ patchType: String?) -> Bool? {
  switch patchType?.lowercased().filter(\.isLetter) {
  case "securitypatch", "securitypatches", "security", "securityupdate": true
  case "nonsecuritypatch", "nonsecuritypatches", "nonsecurity", "securitytool", "securitytools",
    "customaction", "softwaredistribution", "serviceupdate":
    false
  default: nil
  }
}

/// The advisory id of a patch: its bulletin, and its KB when the bulletin does not name it.
///
/// One bulletin (`MS15-022`) stands for several KBs of one product, so the bulletin alone would
/// join different patches. Ivanti writes `Q4465659` where Microsoft writes `KB4465659`.
func ivantiAdvisory(bulletin: String?, kb: String?) -> String? {
  let number = kb.map { $0.drop { !$0.isNumber } } ?? ""
  guard let bulletin, !bulletin.isEmpty else {
    return number.isEmpty ? kb : "KB\(number)"
  }
  return number.isEmpty || bulletin.contains(number) ? bulletin : "\(bulletin) KB\(number)"
}

extension Diagnostic {
  static func ivantiUnknownState(_ format: String, _ state: String, at place: String) -> Diagnostic
  {
    Diagnostic(
      "\(format).unknown-state", .error, at: place,
      "'\(state)' is not a patch state that is known here",
      why: "a patch that is neither installed nor missing cannot be judged; the row is left out",
      fix: "tell us the word and its meaning, or use format: table with values: for this column")
  }

  static func ivantiUndetermined(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).undetermined", .warning, at: place,
      "the assessment could not tell whether the patch is installed",
      why: "the patch stays in the population with an unknown result",
      fix: "assess the machine again with credentials that may read its patches")
  }

  static func ivantiIrrelevant(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).not-an-update", .note, at: place,
      "a row is advice or does not apply to the machine and is no patch record")
  }

  static func ivantiNoInstallDate(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).install-date-unknown", .warning, at: place,
      "an installed patch has no installation date",
      why: "that it is there is proven, that it came in time is not",
      fix: "include the installation date (installedOn, InstalledOn) in the export")
  }
}
