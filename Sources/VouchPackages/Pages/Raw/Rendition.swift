import Foundation
import VouchModel

/// The pages that show a preserved file beside the file itself, so that a setting can be read and
/// cited without a tool: which lines stand on which page.
struct Rendition: Sendable {
  let row: EvidenceRow
  /// Lines of the rendering, by page.
  let pages: [Range<Int>]
  /// By anchor, the page it stands on.
  private let anchors: [String: Int]

  /// What tools say of the state of a machine or a service: read by people, and cited by line.
  private static let settings: Set<String> = [
    "sshd", "sshd_config", "nft", "ufw", "iptables_save", "iptables_list", "lsblk", "luks_dump",
    "auditctl", "chrony", "systemd_units", "fail2ban", "passwd", "group", "xccdf", "inspec",
    "lynis", "osquery", "testssl", "ssh_audit", "sslyze", "kcarectl", "kpatch",
    "canonical_livepatch", "aws_security_groups", "aws_volumes", "aws_password_policy",
    "aws_account_summary", "aws_authorization_details", "aws_backup_plan", "aws_backup_vaults",
    "okta_policies", "entra_conditional_access", "scubagear_settings", "scubagear_results",
    "github_branch_protection", "github_repositories", "gitlab_approvals", "borg_check",
    "restic_check",
  ]

  /// Any text up to this size is shown.
  private static let small = 64 << 10
  /// Settings above this size show their head and tail.
  static let whole = 8 << 20
  /// Bytes of lines on a page: below the limit of a page with what stands around them.
  private static let budget = 1_500_000
  /// Unicode scalars of a line that are shown.
  static let lineLimit = 100_000

  /// Nil when the file gets no pages: an export that programs read, or a file that is no text.
  init?(_ row: EvidenceRow, path: String) {
    let isSetting = Self.settings.contains(row.format)
    guard row.size > 0, isSetting || row.size <= Self.small,
      let text = Self.text(row, path: path), isSetting || text.kind != .binary
    else { return nil }
    self.row = row
    var pages: [Range<Int>] = []
    var anchors: [String: Int] = [:]
    var start = 0
    var used = 0
    for (index, line) in text.lines.enumerated() {
      let size =
        80 + line.anchor.utf8.count * 2 + VisibleText.size(line.text, limit: Self.lineLimit)
      if used + size > Self.budget, index > start {
        pages.append(start..<index)
        (start, used) = (index, 0)
      }
      used += size
      if !line.anchor.isEmpty { anchors[line.anchor] = pages.count + 1 }
    }
    self.pages = pages + [start..<text.lines.count]
    self.anchors = anchors
  }

  /// The file's lines; nil when it cannot be read. Of a huge one only head and tail are read.
  static func text(_ row: EvidenceRow, path: String) -> RawText? {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    else { return nil }
    if data.count <= whole { return RawText(Array(data)) }
    return RawText(
      head: Array(data.prefix(512 << 10))[...], tail: Array(data.suffix(128 << 10))[...],
      of: data.count)
  }

  /// `data/rendered/sshd/9f3c…-sshd.txt.html`; `~2` for the second page, a sign that no name of
  /// ours has.
  func path(page: Int = 1) -> String {
    let base = PackageLayout.evidence(row).dropFirst("data/evidence/".count)
    return "data/rendered/\(base)\(page == 1 ? "" : "~\(page)").html"
  }

  /// The page that shows a place of the file, relative to `data/`; nil when none does.
  func link(to place: String) -> String? {
    guard let page = anchors[place] else { return nil }
    return "\(Book.inData(path(page: page)))#\(Self.fragment(Self.id(place)))"
  }

  /// A place as the id of an element: the keys in a JSON pointer can hold anything.
  static func id(_ place: String) -> String { VisibleText.clean(place) }

  /// A place as the fragment of an address (RFC 3986, 3.5).
  static func fragment(_ place: String) -> String {
    var out = ""
    for byte in place.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"),
        UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
        out.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        out += byte < 16 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return out
  }
}
