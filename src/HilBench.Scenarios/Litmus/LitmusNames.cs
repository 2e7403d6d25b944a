using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>The names of a litmus file, while it is read: what is used must be defined somewhere, also further down.</summary>
internal sealed class LitmusNames
{
    private static readonly string[] _clientTerms = ["calls", "starts", "ends"];
    private readonly List<LitmusToken> _uses = [];
    private readonly List<string> _registers = [];
    private readonly List<string> _clients = [];
    private readonly List<string> _threads = [];
    private readonly List<string> _pages = [];

    /// <summary>Numbers that texts stand for.</summary>
    public LitmusValue Values { get; } = new();

    /// <summary>Registers in the order of the file.</summary>
    public IReadOnlyList<string> Registers => _registers;

    /// <summary>A register gets its value in a step; one register may be set in several.</summary>
    public void Define(LitmusToken register)
    {
        if (!char.IsLetter(register.Text[0]) || !register.Text.All(c => char.IsLetterOrDigit(c) || c == '_')
            || LitmusValue.IsWord(register.Text) || IsThread(register.Text))
        {
            throw register.Place.Error($"{register} is no name of a register", "Begin with a letter; use letters, digits and _; T0 and D0 are threads.");
        }

        if (!_registers.Contains(register.Text))
        {
            _registers.Add(register.Text);
        }
    }

    /// <summary>A client is registered by that name.</summary>
    public void DefineClient(string name) => _clients.Add(name);

    /// <summary>A page of the initial state has that name.</summary>
    public void DefinePage(string name) => _pages.Add(name);

    /// <summary>Whether a page of the initial state has that name.</summary>
    public bool IsPage(string name) => _pages.Contains(name);

    /// <summary>A thread of that name exists.</summary>
    public void DefineThread(string name) => _threads.Add(name);

    /// <summary>A condition uses a name.</summary>
    public void Use(LitmusToken name) => _uses.Add(name);

    /// <summary>Whether it is the name of a thread: T or D and a number.</summary>
    public static bool IsThread(string name) =>
        name.Length > 1 && name[0] is 'T' or 'D' && name.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>Every name that was used must be defined.</summary>
    public void Check()
    {
        var known = _registers.Concat(_threads).Concat(_clients.SelectMany(client => _clientTerms.Select(term => $"{client}.{term}"))).ToList();
        foreach (var use in _uses)
        {
            if (!known.Contains(use.Text))
            {
                throw use.Place.Error($"{use} is no register, thread or client", NearestName.Suggest(use.Text, known));
            }
        }
    }
}
