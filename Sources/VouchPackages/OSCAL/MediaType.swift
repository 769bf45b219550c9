/// Media types of the files in a package, by the end of their name (IANA).
enum MediaType {
  static func of(_ path: String) -> String? {
    guard let dot = path.lastIndex(of: ".") else { return nil }
    return switch path[path.index(after: dot)...].lowercased() {
    case "csv": "text/csv"
    case "tsv": "text/tab-separated-values"
    case "json": "application/json"
    case "jsonl", "ndjson": "application/jsonl"
    case "xml", "nessus", "xsd": "application/xml"
    case "html", "htm": "text/html"
    case "txt", "log", "out", "conf": "text/plain"
    case "md": "text/markdown"
    case "yaml", "yml": "application/yaml"
    case "pdf": "application/pdf"
    case "png": "image/png"
    case "jpg", "jpeg": "image/jpeg"
    case "zip": "application/zip"
    case "gz": "application/gzip"
    case "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    case "sqlite": "application/vnd.sqlite3"
    default: nil
    }
  }
}
