using HilBench.Notifiers;

namespace HilBench.Memory.Tests.Placements;

/// <summary>Table 2.6 of the notifier specification, as it stands there; what a test expects of the kernels.</summary>
internal static class PlacementMatrix
{
    // Row, then columns 4.12, 4.13, 4.15, 4.19, 5.0, 5.7, 5.15, 6.1, 6.6+. What the specification writes in brackets is
    // in the notes below. Row 45 names three sites: 45, 47, 48.
    private const string Table = """
        1 | G+E | G+E | G+E | G+E | G+E | G+E | G+E | G+E | TG
        2 | R | R | R | R | R | R | R | R | R
        3 | E+G | E+G | E+G | E+G | E+G | E+G | E+G | E+G | TG
        4 | E+G | E+G | E+G | E+G | E+G | E+G | E+G | E+G | TG
        5 | - | - | - | - | - | - | - | - | -
        6 | E | E | E | E | E | E | E | E+G | TA
        7 | -! | -! | -! | -! | L | L | L | n/a | n/a
        8 | L+E! | L+E! | E | L+X! | n/a | n/a | n/a | n/a | n/a
        9 | E! | E! | E! | E! | E! | E! | E! | E! | TL
        10 | n/a | n/a | n/a | n/a | n/a | n/a | E | G+E | TF
        11 | E | E | E | E | E | E | E | E | TA
        12 | L2+E | L2+E | E | E | E | E | E | E | TA
        13 | L+E | L+E | L+X | L+X | L+X | L+X | L+X | L+X | TL
        14 | L+E | L+E | L+X | L+X | L+X | L+X | L+X | L+X | TL
        15 | - | - | - | - | - | - | - | - | -
        16 | - | - | - | - | - | - | - | - | -
        17 | L+E | L+E | L+X | L+X | L+X | L+X | n/a | n/a | n/a
        18 | L+E | L+E | L+X | L+X | L+X | L+X | n/a | n/a | n/a
        19 | E | E | X | X | X | X | X | X | TL
        20 | L+E | L+E | X | X | X | X | X | X | TL
        21 | L+E | L+E | L+X | L+X | L+X | L+X | L+X | L+X | TL
        22 | P! | L2+E | L+E | L+E | L+E | L+E | L+E | L+E | TL
        23 | P! | L2+E | E | E | E | E | E | E | TL
        24 | P! | L2+E | E | E | E | E | E | E | TL
        25 | P! | L2+E | E | E | E | E | E | E | TL
        26 | - | - | - | - | - | - | - | - | -
        27 | P! | L2+E | E | E | E | E | E | E | TL
        28 | P! | L2+E | E | E | E | E | E | E | TL
        29 | E | E | E | E | E | E | E | E | TL
        30 | -! | -! | -! | -! | -! | -! | -! | E | TL
        31 | L+E | L+E | E | E | E | E | E | E | TL
        32 | L+E | L+E | E | E | E | E | E | E | TL
        33 | E | E | E | E | E | E | E | E | TA
        34 | G! | G! | n/a | G+E | G+E | G+E | G+E | G+E | TG
        35 | L+E | L+E | L+E | L+E | L+E | L+E | L+E | L+E | TL
        36 | L+E | L+E | L+E | L+E | L+E | L+E | L+E | L+E | TL
        37 | G+E | G+E | G+E | G+E | G+E | G+E | G+E | G+E | TG
        38 | n/a | n/a | L+E | L+E | L+E | L+E | L+E | L+E | TL
        39 | F+E | F+E | F+E | E | E | E | E | G+E | TF
        40 | n/a | E | E | E | E | E | E | E | TL
        41 | n/a | L+E | L+X | L+X | L+X | L+X | L+X | L+X | TL
        42 | n/a | n/a | n/a | n/a | n/a | n/a | E | E | TL
        43 | n/a | n/a | n/a | n/a | n/a | n/a | E | E | -
        44 | n/a | n/a | n/a | n/a | n/a | E | E | E | TF
        45 | n/a | n/a | n/a | n/a | n/a | n/a | n/a | n/a | TF
        46 | young | young | young | young | young | young | young | young | young
        47 | n/a | n/a | n/a | n/a | n/a | n/a | n/a | n/a | TL
        48 | n/a | n/a | n/a | n/a | n/a | n/a | n/a | n/a | TL
        """;

    private static readonly Dictionary<CallSite, string[]> _rows = Table.Split('\n')
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .ToDictionary(cells => (CallSite)byte.Parse(cells[0]), cells => cells[1..]);

    private static readonly Dictionary<string, int> _columns = new()
    {
        ["linux-4.12"] = 0,
        ["linux-4.13"] = 1,
        ["linux-4.15"] = 2,
        ["linux-4.19"] = 3,
        ["linux-5.0"] = 4,
        ["linux-5.2"] = 5,
        ["linux-5.4"] = 5,
        ["linux-5.5"] = 5,
        ["linux-5.13"] = 6,
        ["linux-6.1"] = 7,
        ["linux-6.6"] = 8,
        ["linux-6.12"] = 8,
        ["linux-6.18"] = 8,
    };

    // Cells in which the specification says more than its code string.
    private static readonly Dictionary<(string Profile, CallSite Site), string> _notes = new()
    {
        // Row 5, "no start/end", is about them alone; the golden traces of 6.1 and 6.12 show the gather's flush.
        [("linux-5.4", CallSite.MadviseCold)] = "G",
        [("linux-5.5", CallSite.MadviseCold)] = "G",
        [("linux-5.13", CallSite.MadviseCold)] = "G",
        [("linux-6.1", CallSite.MadviseCold)] = "G",
        [("linux-6.6", CallSite.MadviseCold)] = "TG",
        [("linux-6.12", CallSite.MadviseCold)] = "TG",
        [("linux-6.18", CallSite.MadviseCold)] = "TG",

        // 1.1 row 29: from 4.16 on the reaper works where every notifier says that it does not block.
        [("linux-4.15", CallSite.OomReaper)] = "G+E",

        // Row 43 "-" is about the secondary TLB; start and end are made.
        [("linux-6.6", CallSite.ExclusiveRevoke)] = "X",
        [("linux-6.12", CallSite.ExclusiveRevoke)] = "X",
        [("linux-6.18", CallSite.ExclusiveRevoke)] = "X",

        // Row 44 is of 5.5, the sites of row 45 are of 6.7, 6.8 and recent kernels.
        [("linux-5.2", CallSite.SharedWriteProtect)] = "n/a",
        [("linux-5.4", CallSite.SharedWriteProtect)] = "n/a",
        [("linux-6.6", CallSite.PagemapScan)] = "n/a",
        [("linux-6.6", CallSite.UffdMove)] = "n/a",
        [("linux-6.6", CallSite.HugeZeroWrite)] = "n/a",
        [("linux-6.12", CallSite.HugeZeroWrite)] = "n/a",
    };

    public static IEnumerable<CallSite> Sites => _rows.Keys;

    public static IEnumerable<string> Profiles => _columns.Keys;

    public static string Code(string profile, CallSite site) =>
        _notes.TryGetValue((profile, site), out var note) ? note : _rows[site][_columns[profile]];
}
