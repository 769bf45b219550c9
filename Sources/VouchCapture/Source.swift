import VouchModel

/// Where a source's exports come from, as `vouch.yaml` says it.
public struct Source: Sendable, Hashable {
  public enum Transport: Sendable, Hashable {
    /// Files by glob patterns, relative to the workspace. Archives (`.zip`, `.gz`) are opened.
    case file([String])
    case command(Command)
    case http(HTTPRequest)
  }

  /// A program run without a shell.
  public struct Command: Sendable, Hashable {
    public var arguments: [String]
    /// Argument vector that prints the tool's version; empty: not asked for.
    public var version: [String]
    public var timeoutSeconds: Int
    /// Names of environment variables that the program gets; nothing else is passed on.
    public var environment: [String]
    /// Exit statuses that count as an answer; others are failures.
    public var accepts: [Int]
    /// Name of the preserved output.
    public var name: String

    public init(
      arguments: [String], version: [String] = [], timeoutSeconds: Int = 300,
      environment: [String] = ["PATH", "HOME", "LANG"], accepts: [Int] = [0], name: String = ""
    ) {
      self.arguments = arguments
      self.version = version
      self.timeoutSeconds = timeoutSeconds
      self.environment = environment
      self.accepts = accepts
      self.name = name
    }
  }

  /// A GET request, page by page to the proven last page.
  public struct HTTPRequest: Sendable, Hashable {
    public enum Paging: Sendable, Hashable {
      case none
      /// RFC 8288 `Link: <…>; rel="next"`.
      case link
      /// The next page's whole address at a JSON pointer of the answer, as in Microsoft Graph's
      /// `@odata.nextLink`; absent or null on the last page.
      case body(next: String, items: String, total: String)
      /// Offset and limit parameters, total at a JSON pointer.
      case offset(
        parameter: String, limitParameter: String, limit: Int, items: String, total: String)
      /// A page number parameter; a page without items is the last.
      case page(parameter: String, first: Int, items: String, total: String)
      /// A cursor at a JSON pointer, sent back as a parameter; absent or null on the last page.
      case cursor(parameter: String, pointer: String, items: String)
    }

    public var url: String
    public var query: [String: String]
    /// Header name to value; `${NAME}` is replaced from the environment and never written down.
    public var headers: [String: String]
    public var paging: Paging
    public var timeoutSeconds: Int
    public var retries: Int
    /// Most pages fetched before the listing counts as endless.
    public var pageLimit: Int

    public init(
      url: String, query: [String: String] = [:], headers: [String: String] = [:],
      paging: Paging = .none, timeoutSeconds: Int = 60, retries: Int = 4, pageLimit: Int = 10_000
    ) {
      self.url = url
      self.query = query
      self.headers = headers
      self.paging = paging
      self.timeoutSeconds = timeoutSeconds
      self.retries = retries
      self.pageLimit = pageLimit
    }
  }

  public let name: String
  public let transport: Transport
  /// Nil: told by content.
  public let format: String?
  /// For times that the export writes without a zone.
  public let zone: Zone?
  /// Options of the format's reader: `record`, `columns.x`, `severity.x` …
  public let options: [String: String]
  /// What the evidence speaks about, when the content does not say: a fixed instant.
  public let effectiveAt: Instant?

  public init(
    name: String, transport: Transport, format: String?, zone: Zone?,
    options: [String: String] = [:], effectiveAt: Instant? = nil
  ) {
    self.name = name
    self.transport = transport
    self.format = format
    self.zone = zone
    self.options = options
    self.effectiveAt = effectiveAt
  }
}

/// One thing a source delivered, before it is preserved.
public enum Captured: Sendable {
  /// A file to be preserved as it is.
  case file(path: String, Provenance)
  /// Bytes that came from a command, the network or an archive.
  case bytes([UInt8], Provenance)
  /// The source failed; what it said, without secrets.
  case failure(String, Provenance)
}

/// Who and what collects, for the provenance of every item.
public struct CaptureContext: Sendable {
  public let workspace: String
  /// Reads the clock; the only use of it is to stamp when something was collected.
  public let now: @Sendable () -> Instant
  public let `operator`: String
  public let host: String
  public let collector: String

  public init(
    workspace: String, now: @escaping @Sendable () -> Instant, operator: String, host: String,
    collector: String
  ) {
    self.workspace = workspace
    self.now = now
    self.operator = `operator`
    self.host = host
    self.collector = collector
  }

  func provenance(
    _ source: Source, _ transport: String, endpoint: String, name: String, query: String = ""
  ) -> Provenance {
    Provenance(
      source: source.name, transport: transport, endpoint: endpoint, name: name, query: query,
      operator: `operator`, host: host, collector: collector, collectedAt: now(),
      effectiveAt: source.effectiveAt)
  }
}
