namespace HilBench.Lab;

/// <summary>Who holds a board.</summary>
/// <param name="Pid">The process.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Since">When it took the board.</param>
/// <param name="Purpose">What it does, in the words of its command line.</param>
public sealed record LockHolder(int Pid, string User, DateTimeOffset Since, string Purpose);
