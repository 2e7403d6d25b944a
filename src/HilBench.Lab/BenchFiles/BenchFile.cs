using HilBench.Journal;
using HilBench.Lab.BenchFiles;

namespace HilBench.Lab;

/// <summary>A bench: boards by name, and the gear around them. Source: docs/bench-file.md.</summary>
public sealed class BenchFile
{
    /// <summary>The scheme of a device that a bench file names: board:NAME.</summary>
    public const string Scheme = "board:";

    private BenchFile(string path, IReadOnlyList<BoardEntry> boards) => (Path, Boards) = (path, boards);

    /// <summary>The file, as it was given.</summary>
    public string Path { get; }

    /// <summary>The boards, in the file's order.</summary>
    public IReadOnlyList<BoardEntry> Boards { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read, or is not as docs/bench-file.md says.</exception>
    public static BenchFile Load(string path)
    {
        try
        {
            return Read(path, File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, 0, 0, $"the bench file cannot be read: {e.Message}", "Name it with --bench FILE, or in HILBENCH_BENCH.");
        }
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="path">Its name in messages.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="InputException">It is not as docs/bench-file.md says.</exception>
    public static BenchFile Read(string path, string text) => new(path, BenchReader.Read(path, text));

    /// <summary>The board of this name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public BoardEntry Find(string name) => Boards.FirstOrDefault(board => board.Name == name)
        ?? throw new InputException(Path, 0, 0, $"there is no board '{name}'", NearestName.Suggest(name, Boards.Select(board => board.Name)));
}
