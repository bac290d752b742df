# What data/tables.R has not: Hausman's tests of chapter 4 and the tables of chapter 7.
# Usage: Rscript tests/crosscheck.R data
# -> CSV on standard output: a p-value stands under coef, t is by HC3, low and high 95 % by province
suppressPackageStartupMessages({library(sandwich); library(lmtest)})
source(file.path(commandArgs(trailingOnly = TRUE)[1], "tables.R"))

cat("table,line,coef,t,low,high\n")
report <- function(table, line, coef, t = NA, half = NA)
  cat(sprintf("%s,\"%s\",%.17g,%.17g,%.17g,%.17g\n", table, line, coef, t, coef - half, coef + half),
      sep = "")

# Random effects of Swamy and Arora with the harmonic mean of the years of a unit, as Stata.
hausman <- function(rows, terms) {
  design <- model.matrix(reformulate(c(terms, "factor(year)")), rows)
  average <- function(v) ave(v, rows$unit)
  means <- apply(design, 2, average)
  years <- ave(rows$year, rows$unit, FUN = length)
  first <- !duplicated(rows$unit)
  x <- (design - means)[, -1]
  fixed <- lm.fit(x, rows$reg - average(rows$reg))
  between <- lm.fit(means[first, ], average(rows$reg)[first])
  s2 <- sum(fixed$residuals^2) / (nrow(rows) - sum(first) - fixed$rank)
  s2_between <- sum(between$residuals^2) / (sum(first) - between$rank)
  theta <- 1 - sqrt(s2 / (years * max(0, s2_between - s2 * mean(1 / years[first])) + s2))
  shrunk <- design - theta * means
  random <- lm.fit(shrunk, rows$reg - theta * average(rows$reg))
  gap <- (fixed$coefficients - random$coefficients[-1])[terms]
  spread <- (solve(crossprod(x)) - solve(crossprod(shrunk))[-1, -1])[terms, terms]
  s2_random <- sum(random$residuals^2) / random$df.residual
  pchisq(drop(gap %*% solve(spread, gap)) / s2_random, length(terms), lower.tail = FALSE)
}
for (case in c("paper", "mended")) for (reading in c("flow", "stock")) for (name in names(columns)[1:2]) {
  rows <- used(rows_of(case, reading), columns[[name]])
  report("hausman", paste(reading, case, name), hausman(rows, columns[[name]][[1]]))
}

# Changes between two years in the cities whose border stayed.
changes <- function(first = 2010, last = 2020, output = panel$reg) {
  panel$y <- output
  a <- panel[panel$year == first, ]; b <- panel[panel$year == last, ]
  rows <- data.frame(code = a$city_code, province = a$province_en, start = log(a$y), wage = log(a$rlr),
                     REG = log(b$y / a$y), residents = b$people - a$people, IA = b$ia - a$ia)
  rows <- transform(rows, output = REG + residents, wages = log(b$rlr / a$rlr))
  rows[!a$border, ]
}

# The slope of the first regressor; z are its instruments, x itself for least squares.
slope <- function(table, line, rows, y, x, z = x) {
  if ("province" %in% x) rows <- rows[ave(rows$start, rows$province, FUN = length) > 1, ]
  of <- function(keep) {
    design <- function(names) model.matrix(reformulate(names), rows[keep, ])
    first <- lm.fit(design(z), design(x))$fitted.values
    lm.fit(first, rows[keep, y])$coefficients[x[1]]
  }
  hc3 <- coeftest(lm(reformulate(x, y), rows), vcovHC, type = "HC3")[x[1], "t value"]
  several(table, line, rows, of, if (identical(x, z)) hc3 else NA)
}
several <- function(table, line, rows, of, t = NA, by = "province") {
  whole <- of(rep(TRUE, nrow(rows)))
  groups <- length(unique(rows[[by]]))
  half <- if (groups < 10) NA else qt(0.975, groups - 1) * cv3(rows[[by]], whole, of)
  report(table, line, whole, t, half)
}

# Output in other measures; the step of 2019 is that of current prices over the index.
over <- function(year) with(panel[panel$year == year, ], reg_current / reg)
step <- (over(2019) / over(2018))[match(panel$city_code, unique(panel$city_code))]
step[panel$year < 2019] <- 1
outputs <- with(panel, list(index = reg, revised = reg * step, current = reg_current,
                            smooth = reg_current / step))
for (name in names(outputs)) {
  rows <- changes(output = outputs[[name]])
  given <- function(line, x, some = rows)
    slope("elasticities", paste(name, line, sep = "|"), some, "output", x)
  given("nothing", "residents")
  given("income", c("residents", "start"))
  given("wage", c("residents", "wage"))
  given("income, without Guizhou", c("residents", "start"),
        some = rows[rows$province != "Guizhou", ])
  given("income and province", c("residents", "start", "province"))
  if (!name %in% c("index", "current")) next
  slope("industry", name, rows, "REG", c("IA", "residents", "start"))
  several("accounts", paste(name, c("b", "s", "eta", "part"), sep = "|"), rows, function(keep) {
    on <- function(formula) lm(formula, rows[keep, ])$coefficients[2]
    b <- on(REG ~ start); s <- on(residents ~ start)
    c(b, s, on(output ~ residents + start), s / -b)
  })
}
slope("wages", "", changes(), "wages", c("residents", "wage"))
slope("instrument", "", changes(), "residents", "start", "wage")

pace <- function(first, last) {
  rows <- changes(first, last)
  for (part in c("output", "residents"))
    several("pace", paste(first, "to", paste(last, part, "start", sep = "|")), rows, function(keep) {
      y <- 100 * rows[keep, part] / (last - first)
      lm.fit(model.matrix(~start, rows[keep, ]), y)$coefficients[["start"]]
    })
}
pace(2010, 2015)
pace(2015, 2020)
pace(2020, 2023)

# Standard deviations of 2020 over those of 2010, in proportion and in money.
stayed <- panel[!panel$border, ]
spread <- function(line, output, weight, within = FALSE) {
  rows <- transform(stayed, y = output, w = weight, province = province_en)
  rows <- rows[rows$year %in% c(2010, 2020) & !is.na(rows$w), ]
  for (kind in c("proportion", "money")) several("spread", paste(line, kind, sep = "|"), rows, function(keep) {
    some <- transform(rows[keep, ], v = if (kind == "money") y else log(y))
    centre <- with(some, if (within) ave(v, province, year) else ave(v * w, year) / ave(w, year))
    sums <- tapply(some$w * (some$v - centre)^2, some$year, sum)
    sqrt(sums[["2020"]] / sums[["2010"]])
  }, by = if (within) "city_code" else "province")
}
spread("by the growth index", stayed$reg, 1)
spread("in current prices", stayed$reg_current, 1)
spread("by the index, within provinces", stayed$reg, 1, within = TRUE)
te <- stayed[stayed$year == 2011, ]
spread("by the index, weighted by employment", stayed$reg, te$te[match(stayed$city_code, te$city_code)])
