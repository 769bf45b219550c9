import VouchModel

/// The page of the documentation that lists the record types.
public enum RecordTypePage {
  public static var text: String {
    var lines = [
      "# Record types", "",
      "What the collectors read, as tables: what controls count, and what `format: table` maps to.",
      "", "## Overview", "",
      "Times are instants in UTC, seconds since 1970; intervals are half-open. NULL is always \"the source does not say\",",
      "never zero and never \"no\". Flags are 1, 0 or NULL; lists and objects are JSON text. Each table also has these columns:",
      "",
    ]
    lines += table(RecordType.originColumns)
    for type in RecordType.all {
      lines += ["", "### \(type.name)", "", type.doc, "", history(type), ""]
      lines += table(type.columns)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func history(_ type: RecordType) -> String {
    let key = "Key: \(type.key.map { "`\($0)`" }.joined(separator: ", "))."
    switch type.history {
    case .latest: return "\(key) Of several exports the latest wins."
    case .mergedLatest: return "\(key) Several answers complete each other; the latest wins."
    case .snapshots:
      return "\(key) Every snapshot is kept; `\(type.name)_current` has the newest before as_of."
    case .mergedSnapshots:
      return
        "\(key) Every snapshot is kept, exports of one day completing each other; `\(type.name)_current` has the newest before as_of."
    }
  }

  private static func table(_ columns: [Column]) -> [String] {
    ["| column | kind | meaning |", "|---|---|---|"]
      + columns.map {
        "| `\($0.name)` | \($0.kind.rawValue) | \($0.doc.replacing("|", with: "\\|")) |"
      }
  }
}
