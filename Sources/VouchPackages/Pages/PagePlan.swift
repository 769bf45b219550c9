/// Which rows of which long table stand on which page.
///
/// No page may be above 2 MB (contract 6), so long tables go on on numbered pages. The plan is
/// made from sizes before anything is rendered, because links need to know the pages.
struct PagePlan: Sendable {
  /// Some rows of one table on one page. Page 1 is the main page.
  struct Part: Sendable, Equatable {
    let table: Int
    let page: Int
    let rows: Range<Int>
  }

  /// Bytes that contract 6 allows a page.
  static let limit = 2_000_000
  /// Bytes of rows that a continuation page takes. Well below the limit: sizes are estimates,
  /// and a browser has to lay the table out.
  static let continuationBudget = 900_000
  /// Bytes of rows of one table that the main page takes, so that no section buries the next.
  static let mainBudget = 60_000

  let parts: [Part]
  let pages: Int

  /// - Parameter tables: for each table the estimated bytes of every row, in order.
  init(_ tables: [[Int]], main: Int = mainBudget, continuation: Int = continuationBudget) {
    var parts: [Part] = []
    var pages = 1
    for (table, sizes) in tables.enumerated() {
      var next = Self.fill(sizes, from: 0, budget: main)
      parts.append(Part(table: table, page: 1, rows: 0..<next))
      while next < sizes.count {
        let end = Self.fill(sizes, from: next, budget: continuation)
        pages += 1
        parts.append(Part(table: table, page: pages, rows: next..<end))
        next = end
      }
    }
    self.parts = parts
    self.pages = pages
  }

  /// The rows that fit, at least one.
  private static func fill(_ sizes: [Int], from start: Int, budget: Int) -> Int {
    var used = 0
    var end = start
    while end < sizes.count, end == start || used + sizes[end] <= budget {
      used += sizes[end]
      end += 1
    }
    return end
  }

  func main(_ table: Int) -> Range<Int> {
    parts.first { $0.table == table && $0.page == 1 }?.rows ?? 0..<0
  }

  var continued: [Part] { parts.filter { $0.page > 1 } }
  func pages(of table: Int) -> [Part] { parts.filter { $0.table == table && !$0.rows.isEmpty } }

  /// `evidence-2.html` for page 2 of `evidence.html`.
  static func name(_ base: String, page: Int) -> String {
    page == 1 ? "\(base).html" : "\(base)-\(page).html"
  }
}
